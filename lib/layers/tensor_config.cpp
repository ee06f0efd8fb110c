#include "layers/tensor_config.hpp"

#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::layers {
namespace {

// The elements from `next` on that lie behind that axis.
Config nested(const std::vector<double>& elements, const Shape& shape, int axis, std::size_t& next, bool whole) {
  if (axis == shape.rank()) {
    const double element = elements[next++];
    return whole ? Config(static_cast<int64_t>(element)) : Config(element);
  }
  Config::List list;
  for (int64_t i = 0; i < shape[axis]; ++i) list.push_back(nested(elements, shape, axis + 1, next, whole));
  return list;
}

void collect(const Config& value, const Shape& shape, int axis, std::vector<double>& elements) {
  const bool fits = axis == shape.rank() ? !value.is_list()
                                         : value.is_list() && static_cast<int64_t>(value.list().size()) == shape[axis];
  if (!fits) throw ShapeError("a tensor's lists must be of equal lengths, given " + value.str());
  if (axis == shape.rank()) {
    elements.push_back(value.is_bool() ? value.boolean() : value.number());
    return;
  }
  for (const Config& each : value.list()) collect(each, shape, axis + 1, elements);
}

}  // namespace

Config tensor_to_config(const Tensor& tensor) {
  std::size_t next = 0;
  Config config = Config::dict();
  config.set("value", nested(tensor.to_vector<double>(), tensor.shape(), 0, next, !is_floating(tensor.dtype())));
  config.set("dtype", xtape::to_config(tensor.dtype()));
  Config result = Config::dict();
  result.set("class_name", "__tensor__");
  result.set("config", std::move(config));
  return result;
}

bool is_tensor_config(const Config& config) {
  return config.is_dict() && config.find("class_name") && config.at("class_name") == Config("__tensor__");
}

Tensor tensor_from_config(const Config& config) {
  const Config& value = config.at("config").at("value");
  Shape shape;
  for (const Config* level = &value; level->is_list(); level = &level->list().front()) {
    shape.push_back(static_cast<int64_t>(level->list().size()));
    if (level->list().empty()) break;
  }
  std::vector<double> elements;
  collect(value, shape, 0, elements);
  DType dtype = float32;
  if (const Config* given = config.at("config").find("dtype")) xtape::from_config(*given, dtype);
  return tensor(elements).reshape(shape).astype(dtype);
}

}  // namespace xtape::layers
