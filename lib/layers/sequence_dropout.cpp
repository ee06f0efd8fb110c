#include "layers/sequence_dropout.hpp"

#include <xtape/detail/numbers.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/dropout.hpp>

namespace xtape::layers {

void SequenceDropout::check(const std::string& class_name, double inputs, double states) {
  detail::check_number(class_name, "dropout", inputs, detail::Range::from_0_below_1);
  detail::check_number(class_name, "recurrent_dropout", states, detail::Range::from_0_below_1);
}

SequenceDropout::SequenceDropout(double inputs, double states, std::optional<uint64_t> seed)
    : inputs_(inputs), states_(states) {
  if (seed) stream_.emplace(*seed);
}

template <class Draw>
Tensor SequenceDropout::drawn(const Draw& draw) {
  if (!stream_) return draw();
  const detail::RandomStreamScope scope(*stream_);
  return draw();
}

Tensor SequenceDropout::inputs(const Tensor& x, bool training) {
  if (inputs_ == 0 || !training) return x;
  Shape one_step = x.shape();
  one_step[1] = 1;
  return drawn([&] { return dropout(x, inputs_, one_step); });
}

Tensor SequenceDropout::state_mask(const Shape& shape, DType dtype, bool training) {
  if (states_ == 0 || !training) return {};
  return drawn([&] { return dropout(ones(shape, dtype), states_); });
}

}  // namespace xtape::layers
