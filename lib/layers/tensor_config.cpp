#include "layers/tensor_config.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::layers {
namespace {

// An element as Python's tolist() gives it.
Config element_of(double element) { return element; }
Config element_of(int64_t element) { return element; }
Config element_of(uint8_t element) { return element != 0; }

// The elements from `next` on that lie behind that axis.
template <class T>
Config nested(const std::vector<T>& elements, const Shape& shape, int axis, std::size_t& next) {
  if (axis == shape.rank()) return element_of(elements[next++]);
  Config::List list;
  for (int64_t i = 0; i < shape[axis]; ++i) list.push_back(nested(elements, shape, axis + 1, next));
  return list;
}

template <class T>
Config nested(const Tensor& tensor) {
  std::size_t next = 0;
  return nested(tensor.to_vector<T>(), tensor.shape(), 0, next);
}

template <class T>
T number_of(const Config& element) {
  if (element.is_bool()) return element.boolean();
  if constexpr (std::is_same_v<T, int64_t>) return element.integer();
  return static_cast<T>(element.number());
}

template <class T>
void collect(const Config& value, const Shape& shape, int axis, std::vector<T>& elements) {
  const bool fits = axis == shape.rank() ? !value.is_list()
                                         : value.is_list() && static_cast<int64_t>(value.list().size()) == shape[axis];
  if (!fits) throw ShapeError("a tensor's lists must be of equal lengths, given " + value.str());
  if (axis == shape.rank()) return elements.push_back(number_of<T>(value));
  for (const Config& each : value.list()) collect(each, shape, axis + 1, elements);
}

template <class T>
Tensor collected(const Config& value, const Shape& shape, DType dtype) {
  std::vector<T> elements;
  collect(value, shape, 0, elements);
  return tensor(elements).reshape(shape).astype(dtype);
}

// The shape that lists in lists tell; behind a length of 0 they tell nothing.
Shape shape_of_lists(const Config& value) {
  Shape shape;
  for (const Config* level = &value; level->is_list(); level = &level->list().front()) {
    shape.push_back(static_cast<int64_t>(level->list().size()));
    if (level->list().empty()) break;
  }
  return shape;
}

}  // namespace

Config tensor_to_config(const Tensor& tensor) {
  Config value;
  if (is_floating(tensor.dtype())) {
    value = nested<double>(tensor);
  } else {
    value = tensor.dtype() == bool_ ? nested<uint8_t>(tensor) : nested<int64_t>(tensor);
  }
  Config config = Config::dict();
  config.set("value", value);
  config.set("dtype", xtape::to_config(tensor.dtype()));
  // Keras, which does not know it, leaves it alone.
  if (shape_of_lists(value) != tensor.shape()) config.set("shape", xtape::to_config(tensor.shape()));
  Config result = Config::dict();
  result.set("class_name", "__tensor__");
  result.set("config", std::move(config));
  return result;
}

bool is_tensor_config(const Config& config) {
  if (!config.is_dict() || !config.find("class_name")) return false;
  const Config& class_name = config.at("class_name");
  return class_name == Config("__tensor__") || class_name == Config("__numpy__");
}

bool is_constant_config(const Config& config) {
  return config.is_number() || config.is_bool() || is_tensor_config(config);
}

Tensor tensor_from_config(const Config& config) {
  const Config& inside = config.at("config");
  const Config& value = inside.at("value");
  Shape shape = shape_of_lists(value);
  if (const Config* given = inside.find("shape")) {
    xtape::from_config(*given, shape);
    for (const int64_t length : shape) {
      if (length < 0) throw ShapeError("a tensor's lengths must not be negative, given " + shape.str());
    }
  }
  DType dtype = float32;
  if (const Config* given = inside.find("dtype")) xtape::from_config(*given, dtype);
  return is_floating(dtype) ? collected<double>(value, shape, dtype) : collected<int64_t>(value, shape, dtype);
}

}  // namespace xtape::layers
