#include "autograd/anomaly.hpp"

#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <xtape/detail/position_text.hpp>
#include <xtape/error.hpp>

#include "autograd/call_path_watch.hpp"
#include "autograd/lift.hpp"
#include "autograd/saved.hpp"
#include "core/dtype_switch.hpp"
#include "core/number_format.hpp"
#include "core/type_text.hpp"

namespace xtape {
namespace autograd {

constinit thread_local bool detecting_anomalies = false;

namespace {

// "nan at [0, 1]" for the first element that is not finite.
std::optional<std::string> anomaly_in(const Tensor& gradient) {
  if (!gradient.defined()) return {};
  const Tensor values = core::make_alias(without_lifts(gradient)).contiguous();
  std::optional<std::string> found;
  core::switch_dtype(values.dtype(), [&]<class T>(T) {
    if constexpr (std::is_floating_point_v<T>) {
      const T* elements = core::elements<T>(values);
      for (int64_t i = 0; i < values.numel(); ++i) {
        if (std::isfinite(elements[i])) continue;
        found = core::scalar_text(elements[i]) + " at " + detail::position_of(i, values.shape()).str();
        return;
      }
    }
  });
  return found;
}

std::string text_of(const Node::Output& output) { return core::type_text(output.dtype, output.shape); }

std::string input_text(const Node& node, std::size_t index) {
  const Edge& edge = node.edges()[index];
  if (const Node* source = edge.target_node()) return text_of(source->output(edge.output));
  if (const core::TensorImpl* leaf = edge.target_leaf()) return name(leaf->dtype) + (" " + leaf->shape.str());
  const std::span<const Saved> saved = node.saved();
  return index < saved.size() && saved[index].defined() ? text_of(Node::Output(saved[index].held())) : "?";
}

// ", in model/dense_1" where that is known.
std::string place_of(const Node& node) {
  const std::string path = node.call_path();
  return path.empty() ? path : ", in " + path;
}

// "'sum' (axes=(0), keepdims=false) computed float32 [3] of float32 [2, 3], in model/dense_1"
std::string description(const Node& node) {
  std::string text = std::string("'") + node.name() + "'";
  if (const OpReference op = node.op(); op.op) {
    const std::string attributes = op.table->attributes(op.op);
    if (!attributes.empty()) text += " (" + attributes + ")";
  }
  text += " computed ";
  for (uint32_t i = 0; i < node.output_count(); ++i) text += (i ? ", " : "") + text_of(node.output(i));
  text += " of ";
  for (std::size_t i = 0; i < node.edges().size(); ++i) text += (i ? ", " : "") + input_text(node, i);
  return text + place_of(node);
}

}  // namespace

void check_output_gradients(const Node& node, std::span<const Tensor> gradients) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto anomaly = anomaly_in(gradients[i]);
    if (!anomaly) continue;
    throw AutogradError("backward: the gradient of output " + std::to_string(i) + " of '" + node.name() +
                        "', as it was given, summed or made by a hook, is " + *anomaly + "; its shape is " +
                        node.output(static_cast<uint32_t>(i)).shape.str() + place_of(node));
  }
}

void check_leaf_gradient(const Tensor& gradient) {
  const auto anomaly = anomaly_in(gradient);
  if (!anomaly) return;
  throw AutogradError("backward: the gradient of a leaf of shape " + gradient.shape().str() +
                      ", as it was summed or made by a hook, is " + *anomaly);
}

void check_input_gradients(const Node& node, std::span<const Tensor> gradients) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto anomaly = anomaly_in(gradients[i]);
    if (!anomaly) continue;
    throw AutogradError("backward: the gradient of input " + std::to_string(i) + " of '" + node.name() + "' is " +
                        *anomaly + ", where what was given to it is finite; " + description(node));
  }
}

}  // namespace autograd

DetectAnomaly::DetectAnomaly()
    : before_(autograd::detecting_anomalies), call_paths_(std::make_unique<autograd::CallPathWatch>()) {
  autograd::detecting_anomalies = true;
}
DetectAnomaly::~DetectAnomaly() { autograd::detecting_anomalies = before_; }

}  // namespace xtape
