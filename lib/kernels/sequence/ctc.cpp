#include "kernels/sequence/ctc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();

// log(exp(a) + exp(b) + exp(c)); NaN stays.
double log_add(double a, double b, double c) {
  const double most = std::max({a, b, c});
  if (!(most > impossible)) return a + b + c;
  return most + std::log(std::exp(a - most) + std::exp(b - most) + std::exp(c - most));
}

// One sample.
template <class T>
class Lattice {
 public:
  Lattice(const Ctc<T>& ctc, int64_t sample)
      : ctc_(ctc),
        rows_(ctc.log_probabilities + sample * ctc.time * ctc.classes),
        target_(ctc.target + sample * ctc.labels),
        states_(2 * ctc.target_lengths[sample] + 1),
        steps_(ctc.output_lengths[sample]) {}

  int64_t states() const { return states_; }
  int64_t steps() const { return steps_; }
  int64_t class_of(int64_t state) const { return state % 2 == 0 ? ctc_.blank : target_[state / 2]; }
  double emission(int64_t step, int64_t state) const {
    return static_cast<double>(rows_[step * ctc_.classes + class_of(state)]);
  }

  // The logarithms of the sums over all ways that are at each state in the first step, or one step after `before`.
  void start(double* sums) const {
    for (int64_t s = 0; s < states_; ++s) sums[s] = s < 2 ? emission(0, s) : impossible;
  }
  void advance(int64_t step, const double* before, double* sums) const {
    for (int64_t s = 0; s < states_; ++s) {
      const double next = s >= 1 ? before[s - 1] : impossible, over = may_pass(s) ? before[s - 2] : impossible;
      sums[s] = log_add(before[s], next, over) + emission(step, s);
    }
  }
  // The same over all ways from each state in the step before `step` to the end, given those from the states in `step`.
  void retreat(int64_t step, const double* after, double* sums) const {
    const auto through = [&](int64_t s) { return after[s] + emission(step, s); };
    for (int64_t s = 0; s < states_; ++s) {
      const double next = s + 1 < states_ ? through(s + 1) : impossible;
      const double over = s + 2 < states_ && may_pass(s + 2) ? through(s + 2) : impossible;
      sums[s] = log_add(through(s), next, over);
    }
  }
  // A way ends at the last label or the blank behind it.
  double total(const double* last) const {
    return log_add(last[states_ - 1], states_ > 1 ? last[states_ - 2] : impossible, impossible);
  }

 private:
  bool may_pass(int64_t s) const { return s % 2 == 1 && s >= 3 && target_[s / 2] != target_[s / 2 - 1]; }

  const Ctc<T>& ctc_;
  const T* rows_;
  const int64_t* target_;
  int64_t states_, steps_;
};

template <class T, class Function>
void for_each_sample(const Ctc<T>& ctc, const Function& function) {
  // Logarithms cost most; a thread is worth some thousands of them.
  const int64_t work = std::max<int64_t>(1, ctc.time * (2 * ctc.labels + 1));
  core::parallel_for(ctc.batch, std::max<int64_t>(1, 2048 / work), [&](int64_t begin, int64_t end) {
    for (int64_t sample = begin; sample < end; ++sample) function(sample, Lattice<T>(ctc, sample));
  });
}

}  // namespace

template <class T>
void ctc_loss(const Ctc<T>& ctc, T* loss) {
  for_each_sample(ctc, [&](int64_t sample, const Lattice<T>& lattice) {
    if (lattice.steps() == 0) {
      loss[sample] = lattice.states() == 1 ? T{0} : std::numeric_limits<T>::infinity();
      return;
    }
    std::vector<double> sums(static_cast<std::size_t>(lattice.states())), next(sums.size());
    lattice.start(sums.data());
    for (int64_t t = 1; t < lattice.steps(); ++t) {
      lattice.advance(t, sums.data(), next.data());
      sums.swap(next);
    }
    loss[sample] = static_cast<T>(-lattice.total(sums.data()));
  });
}

template <class T>
void ctc_posterior(const Ctc<T>& ctc, T* posterior) {
  const int64_t block = ctc.time * ctc.classes;
  std::fill(posterior, posterior + ctc.batch * block, T{0});
  for_each_sample(ctc, [&](int64_t sample, const Lattice<T>& lattice) {
    const int64_t states = lattice.states(), steps = lattice.steps();
    if (steps == 0) return;
    // Of all steps, since the second pass, from the end, reads them.
    std::vector<double> sums(static_cast<std::size_t>(states * steps));
    const auto of_step = [&](int64_t step) { return sums.data() + step * states; };
    lattice.start(of_step(0));
    for (int64_t t = 1; t < steps; ++t) lattice.advance(t, of_step(t - 1), of_step(t));
    const double total = lattice.total(of_step(steps - 1));
    if (total == impossible) return;
    std::vector<double> after(static_cast<std::size_t>(states), impossible), before(after.size());
    for (int64_t s = std::max<int64_t>(states - 2, 0); s < states; ++s) after[static_cast<std::size_t>(s)] = 0;
    std::vector<double> shares(static_cast<std::size_t>(ctc.classes));
    for (int64_t t = steps - 1; t >= 0; --t) {
      std::fill(shares.begin(), shares.end(), 0.0);
      for (int64_t s = 0; s < states; ++s) {
        const double way = of_step(t)[s] + after[static_cast<std::size_t>(s)];
        shares[static_cast<std::size_t>(lattice.class_of(s))] += std::exp(way - total);
      }
      std::copy(shares.begin(), shares.end(), posterior + sample * block + t * ctc.classes);
      if (t == 0) break;
      lattice.retreat(t, after.data(), before.data());
      after.swap(before);
    }
  });
}

template void ctc_loss(const Ctc<float>&, float*);
template void ctc_loss(const Ctc<double>&, double*);
template void ctc_posterior(const Ctc<float>&, float*);
template void ctc_posterior(const Ctc<double>&, double*);

}  // namespace xtape::kernels
