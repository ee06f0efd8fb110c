#include <algorithm>
#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/record.hpp"
#include "core/allocator.hpp"
#include "core/checks.hpp"
#include "core/tensor_impl.hpp"

namespace xtape {
namespace {

std::string text(const std::vector<int64_t>& lengths) { return Shape(lengths.begin(), lengths.end()).str(); }

// Views of the given lengths, which are known to add up.
const std::vector<Tensor> split_at(const Tensor& x, const std::vector<int64_t>& lengths, std::size_t axis) {
  std::vector<Tensor> parts;
  Shape shape = x.shape();
  int64_t offset = core::impl(x)->offset;
  for (const int64_t length : lengths) {
    shape[axis] = length;
    parts.push_back(core::make_view(x, shape, x.strides(), offset, "split"));
    offset += length * x.strides()[axis];
  }

  // One node for all parts: the gradient is put together once, not summed from padded parts.
  if (!parts.empty() && autograd::needs_grad(x)) {
    autograd::record("split", parts, std::span(&x, 1),
                     [lengths, axis, shape, dtype = x.dtype()](std::span<const Tensor> output_gradients,
                                                               autograd::Gradients& gradients) {
                       std::vector<Tensor> pieces(output_gradients.begin(), output_gradients.end());
                       for (std::size_t i = 0; i < pieces.size(); ++i) {
                         Shape unused = shape;
                         unused[axis] = lengths[i];
                         if (!pieces[i].defined()) pieces[i] = zeros(unused, dtype);
                       }
                       gradients.set(0, concatenate(pieces, static_cast<int>(axis)));
                     });
  }
  return parts;
}

// An axis that takes no memory divides into any number of sections, also one that has no place in memory. Whether the
// system has got it is asked here, as for a tensor.
void check_memory(int64_t sections) {
  constexpr auto size = static_cast<int64_t>(sizeof(core::TensorImpl));
  if (sections < 1 << 16) return;
  const auto bytes = static_cast<std::size_t>(std::min(sections, core::max_elements / size) * size);
  try {
    core::make_storage(bytes);
  } catch (const OutOfMemory&) {
    core::throw_out_of_memory("split: a list of " + std::to_string(sections) + " views", bytes);
  }
}

}  // namespace

const std::vector<Tensor> split(const Tensor& x, Count sections, Axis axis) {
  core::check_defined("split", x);
  const auto along = static_cast<std::size_t>(core::checked_axis("split", axis, x.rank()));
  detail::check_at_least(1, "split", "sections", sections);
  const int64_t length = x.shape()[along];
  if (length % sections != 0) {
    throw ShapeError("split: axis " + std::to_string(along) + " of shape " + x.shape().str() +
                     " does not divide into " + std::to_string(sections) + " equal sections");
  }
  check_memory(sections);
  return split_at(x, std::vector<int64_t>(static_cast<std::size_t>(sections), length / sections), along);
}

const std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& lengths, Axis axis) {
  core::check_defined("split", x);
  const auto along = static_cast<std::size_t>(core::checked_axis("split", axis, x.rank()));
  // Subtracting from the whole cannot overflow.
  int64_t rest = x.shape()[along];
  const bool inside = std::all_of(lengths.begin(), lengths.end(), [&](int64_t length) {
    if (length < 0) throw ShapeError("split: lengths must not be negative, given " + text(lengths));
    rest -= std::min(length, rest + 1);
    return rest >= 0;
  });
  if (!inside || rest != 0) {
    throw ShapeError("split: lengths " + text(lengths) + " do not add up to axis " + std::to_string(along) +
                     " of shape " + x.shape().str() + ", which is " + std::to_string(x.shape()[along]) + " long");
  }
  return split_at(x, lengths, along);
}

const std::vector<Tensor> split(const Tensor& x, std::initializer_list<Count> lengths, Axis axis) {
  return split(x, std::vector<int64_t>(lengths.begin(), lengths.end()), axis);
}

}  // namespace xtape
