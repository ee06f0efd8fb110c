#include <xtape/error.hpp>
#include <xtape/tensor.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"

namespace xtape {
namespace {

const core::TensorImpl* checked(const char* operation, const Tensor& tensor) {
  core::check_defined(operation, tensor);
  return core::impl(tensor);
}

// The same for those who read the elements.
const core::TensorImpl* checked_to_read(const char* operation, const Tensor& x) {
  const core::TensorImpl* tensor = checked(operation, x);
  if (tensor->lift) [[unlikely]]
    tensor->lift->check_readable(operation);
  core::check_readable(operation);
  return tensor;
}

}  // namespace

const Shape& Tensor::shape() const { return checked("shape", *this)->shape; }

int64_t Tensor::shape(Axis axis) const {
  const Shape& lengths = shape();
  return lengths[static_cast<std::size_t>(core::checked_axis("shape", axis, lengths.rank()))];
}

const Shape& Tensor::strides() const { return checked("strides", *this)->strides; }
DType Tensor::dtype() const { return checked("dtype", *this)->dtype; }
int Tensor::rank() const { return checked("rank", *this)->shape.rank(); }
int64_t Tensor::numel() const { return checked("numel", *this)->numel; }
bool Tensor::is_contiguous() const { return checked("is_contiguous", *this)->contiguous; }

Scalar Tensor::item_scalar() const {
  const core::TensorImpl* tensor = checked_to_read("item", *this);
  if (tensor->numel != 1) {
    throw ShapeError("item: the tensor must have one element, got shape " + tensor->shape.str());
  }
  return core::switch_dtype(tensor->dtype, [&]<class T>(T) { return Scalar(*core::elements<const T>(tensor)); });
}

const void* Tensor::read_address(DType dtype) const {
  const core::TensorImpl* tensor = checked_to_read("data", *this);
  if (tensor->dtype != dtype) {
    throw DTypeError(std::string("data: the tensor is ") + name(tensor->dtype) + ", not " + name(dtype));
  }
  return tensor->storage->data + tensor->offset * static_cast<int64_t>(size_of(dtype));
}

template <Arithmetic T>
std::vector<T> Tensor::to_vector() const {
  checked_to_read("to_vector", *this);
  const Tensor x = detach().contiguous();
  std::vector<T> values(static_cast<std::size_t>(x.numel()));
  core::switch_dtype(x.dtype(), [&]<class From>(From) {
    const From* from = core::elements<const From>(x);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = detail::convert<T>(from[i]);
  });
  return values;
}

template XTAPE_API std::vector<bool> Tensor::to_vector<bool>() const;
template XTAPE_API std::vector<uint8_t> Tensor::to_vector<uint8_t>() const;
template XTAPE_API std::vector<int32_t> Tensor::to_vector<int32_t>() const;
template XTAPE_API std::vector<int64_t> Tensor::to_vector<int64_t>() const;
template XTAPE_API std::vector<float> Tensor::to_vector<float>() const;
template XTAPE_API std::vector<double> Tensor::to_vector<double>() const;

}  // namespace xtape
