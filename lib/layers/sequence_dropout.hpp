#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/detail/random_stream.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

// What recurrent cells drop in training: the same at all steps of a sequence (Gal and Ghahramani, 2016).
class SequenceDropout {
 public:
  // @throws ValueError, naming the class, for rates outside [0, 1).
  static void check(const std::string& class_name, double inputs, double states);

  SequenceDropout(double inputs, double states, std::optional<uint64_t> seed);

  // Sequences [batch, time, ...], each element of which is dropped at all steps or at none.
  Tensor inputs(const Tensor& x, bool training);
  // What states of that shape are multiplied by where they meet the recurrent kernel; undefined if by nothing.
  Tensor state_mask(const Shape& shape, DType dtype, bool training);
  std::vector<detail::RandomStream*> streams() {
    return stream_ ? std::vector<detail::RandomStream*>{&*stream_} : std::vector<detail::RandomStream*>();
  }

 private:
  // Draws from the stream of the seed, if there is one.
  template <class Draw>
  Tensor drawn(const Draw& draw);

  const double inputs_;
  const double states_;
  std::optional<detail::RandomStream> stream_;
};

}  // namespace xtape::layers
