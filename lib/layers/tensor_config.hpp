#pragma once

#include <xtape/config.hpp>
#include <xtape/tensor.hpp>

// A tensor in a configuration, as Keras writes it:
// `{"class_name": "__tensor__", "config": {"value": [[1.0, 2.0]], "dtype": "float32"}}`.
namespace xtape::layers {

Config tensor_to_config(const Tensor& tensor);
bool is_tensor_config(const Config& config);
// A number, or a tensor: what stands in the place of one.
bool is_constant_config(const Config& config);
// @throws ValueError, ShapeError for lists that are no tensor.
Tensor tensor_from_config(const Config& config);

}  // namespace xtape::layers
