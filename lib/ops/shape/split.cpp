#include <algorithm>
#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/list_op.hpp"
#include "core/allocator.hpp"
#include "core/checks.hpp"
#include "core/tensor_impl.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"

namespace xtape {
namespace {

std::string text(const std::vector<int64_t>& lengths) { return Shape(lengths.begin(), lengths.end()).str(); }

// Views of the given lengths, which are known to add up. One operation for all parts: the gradient is put together
// once, not summed from padded parts.
struct Split {
  static constexpr const char* name = "split";
  static constexpr bool linear = true;
  std::size_t axis;
  std::vector<int64_t> lengths;

  void attributes(autograd::Attributes& to) const { to("axis", axis), to("lengths", lengths); }
  std::size_t outputs() const { return lengths.size(); }
  std::vector<Tensor> batch(const ops::Examples&, std::span<const ops::Mapped> x) const {
    return autograd::apply_list(Split{axis + 1, lengths}, {&x[0].value, 1});
  }
  std::vector<Tensor> results(std::span<const Tensor> x) const {
    std::vector<Tensor> parts;
    const core::TensorImpl* whole = core::impl(x[0]);
    Shape shape = whole->shape;
    int64_t offset = whole->offset;
    for (const int64_t length : lengths) {
      shape[axis] = length;
      parts.push_back(core::make_view(x[0], shape, whole->strides, offset, name));
      offset += length * whole->strides[axis];
    }
    return parts;
  }
  void vjp(const autograd::Primals&, std::span<const Tensor> g, autograd::Gradients& gradients) const {
    std::vector<Tensor> pieces(g.begin(), g.end());
    Shape shape = gradients.shape(0);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      shape[axis] = lengths[i];
      if (!pieces[i].defined()) pieces[i] = zeros(shape, gradients.dtype(0));
    }
    gradients.set(0, concatenate(pieces, static_cast<int>(axis)));
  }
};

const std::vector<Tensor> split_at(const Tensor& x, std::vector<int64_t> lengths, std::size_t axis) {
  return autograd::apply_list(Split{axis, std::move(lengths)}, {&x, 1});
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

void ops::describe_split(autograd::Registry& to) { to.add_list<Split>(); }

}  // namespace xtape
