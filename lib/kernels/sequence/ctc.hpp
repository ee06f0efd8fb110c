#pragma once

#include <cstdint>

// Connectionist temporal classification: sums over all ways in which classes, one for each step, spell a target. The
// states of a target are its labels with a blank before, between and behind them; a way stays at a state, goes on to
// the next one, or passes over a blank between two labels that differ. Sums of probabilities are carried as logarithms,
// in double, whatever the type of the arrays: probabilities of long sequences are less than it holds.
namespace xtape::kernels {

template <class T>
struct Ctc {
  int64_t batch, time, classes, labels;
  const T* log_probabilities;     // [batch, time, classes]
  const int64_t* target;          // [batch, labels], in [0, classes)
  const int64_t* target_lengths;  // [batch], in [0, labels]
  const int64_t* output_lengths;  // [batch], in [0, time]
  int64_t blank;
};

// -log of the probability of each target; infinity where its steps are too few.
template <class T>
void ctc_loss(const Ctc<T>& ctc, T* loss);

// The probability that a way which spells the target is at a class in a step [batch, time, classes]: minus the gradient
// of log_probabilities. 0 in steps that do not count, and where the loss is infinite.
template <class T>
void ctc_posterior(const Ctc<T>& ctc, T* posterior);

}  // namespace xtape::kernels
