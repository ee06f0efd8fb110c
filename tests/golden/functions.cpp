#include <algorithm>
#include <functional>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"
#include "golden/make_layer.hpp"
#include "golden/make_loss.hpp"

namespace xtape::test {
namespace {

void for_each(const std::string& group, const std::function<void(const Case&)>& check) {
  check_cases("functions", check, group);
}

Tensor activated(const Case& reference, const Tensor& x) {
  const Config& config = reference.config;
  const std::string& kind = reference.kind;
  // The function's further arguments are the layer's.
  if (kind == "relu" && !config.keys().empty()) return make_layer("ReLU", config)(x);
  if (kind == "leaky_relu" && config.contains("negative_slope")) {
    return leaky_relu(x, config.number("negative_slope", 0));
  }
  if (kind == "elu" && config.contains("alpha")) return elu(x, config.number("alpha", 1));
  if (kind == "celu") return celu(x, config.number("alpha", 1));
  if (kind == "hard_shrink") return hard_shrink(x, config.number("threshold", 0.5));
  if (kind == "soft_shrink") return soft_shrink(x, config.number("threshold", 0.5));
  if (kind == "squareplus") return squareplus(x, config.number("b", 4));
  if (kind == "threshold") return threshold(x, config.number("threshold", 0), config.number("default_value", 0));
  if (kind == "gelu" && config.flag("approximate", false)) return gelu(x, true);
  const int axis = static_cast<int>(config.integer("axis", -1));
  if (kind == "softmax" && axis != -1) return softmax(x, axis);
  if (kind == "log_softmax" && axis != -1) return log_softmax(x, axis);
  if (kind == "sparsemax" && axis != -1) return sparsemax(x, axis);
  if (kind == "glu" && axis != -1) return glu(x, axis);
  return activations::Activation(kind)(x);
}

// What an object is read from.
xtape::Config as_in_file(const std::string& class_name, const Config& config) {
  xtape::Config object = xtape::Config::dict();
  object.set("class_name", class_name);
  object.set("config", parse_json(config.json_text()));
  return object;
}

metrics::Metric make_metric(const std::string& kind, const Config& config) {
  return metrics::deserialize(as_in_file(kind, config));
}

regularizers::Regularizer make_regularizer(const std::string& kind, const Config& config) {
  // The cases without options mean those that the name has.
  if (config.keys().empty()) return kind;
  return regularizers::deserialize(as_in_file(kind, config));
}

constraints::Constraint make_constraint(const std::string& kind, const Config& config) {
  if (config.keys().empty()) return kind;
  return constraints::deserialize(as_in_file(kind, config));
}

// What Keras gives as a view of its state, in which each reference holds the figure after the last batch.
bool is_view_of_state(const std::string& kind) {
  return kind == "Sum" || kind.ends_with("Positives") || kind.ends_with("Negatives");
}

}  // namespace

TEST_CASE("activations give Keras's values and derivatives") {
  for_each("activation", [](const Case& reference) {
    const Tensor x = reference.array("x").set_requires_grad();
    const Tensor y = activated(reference, x);
    check_close("value", y, reference.array("y"), reference.tolerance());
    y.backward(reference.has("r") ? reference.array("r") : ones_like(y));
    check_close("derivative", x.grad(), reference.array("dx"), reference.tolerance());
  });
}

TEST_CASE("losses give Keras's values and gradients") {
  for_each("loss", [](const Case& reference) {
    const Tensor y_pred = reference.array("y_pred").set_requires_grad();
    const Tensor weight = reference.has("sample_weight") ? reference.array("sample_weight") : Tensor();
    const Tensor mask = reference.has("mask") ? reference.array("mask").astype(bool_) : Tensor();
    const Tensor loss =
        make_loss(reference.kind, reference.config)(reference.array("y_true"), with_mask(y_pred, mask), weight);
    check_close("loss", loss, reference.array("loss"), reference.tolerance());
    loss.backward(reference.has("r") ? reference.array("r") : Tensor());
    check_close("gradient", y_pred.grad(), reference.array("dy_pred"), reference.tolerance());
  });
}

TEST_CASE("metrics give Keras's results batch by batch") {
  for_each("metric", [](const Case& reference) {
    const Tensor expected = reference.array("result");
    // These take values instead of targets and predictions.
    const metrics::Mean mean;
    const metrics::Sum sum;
    const metrics::Metric metric = reference.kind == "Mean"  ? metrics::Metric(mean)
                                   : reference.kind == "Sum" ? metrics::Metric(sum)
                                                             : make_metric(reference.kind, reference.config);
    CHECK(metric.name() == reference.all.text("default_name", ""));
    const bool of_values = reference.has("values");
    const Tensor first = reference.array(of_values ? "values" : "y_true");
    const Tensor y_pred = of_values ? Tensor() : reference.array("y_pred");
    const Tensor weights = reference.has("sample_weight") ? reference.array("sample_weight") : Tensor();
    std::vector<Tensor> results;
    for (int64_t batch = 0; batch < expected.shape(0); ++batch) {
      const Tensor weight = weights.defined() ? weights[batch] : Tensor();
      if (reference.kind == "Mean") {
        mean.update_state(first[batch], weight);
      } else if (reference.kind == "Sum") {
        sum.update_state(first[batch], weight);
      } else {
        metric.update_state(first[batch], y_pred[batch], weight);
      }
      results.push_back(metric.values());
    }
    if (!of_values) {
      // Metrics that have seen a batch each make, merged, one that has seen all.
      std::vector<metrics::Metric> parts;
      for (int64_t batch = 0; batch < expected.shape(0); ++batch) {
        parts.push_back(make_metric(reference.kind, reference.config));
        parts.back().update_state(first[batch], y_pred[batch], weights.defined() ? weights[batch] : Tensor());
      }
      const metrics::Metric whole = make_metric(reference.kind, reference.config);
      whole.merge_state(parts);
      check_close("merged", whole.values(), results.back(), 1e-9);
    }
    if (is_view_of_state(reference.kind)) std::fill(results.begin(), results.end(), results.back());
    check_close("result", stack(results), expected, reference.tolerance());
  });
}

TEST_CASE("regularizers give Keras's penalties and gradients") {
  for_each("regularizer", [](const Case& reference) {
    const Tensor x = reference.array("x").set_requires_grad();
    const Tensor penalty = make_regularizer(reference.kind, reference.config)(x);
    check_close("penalty", penalty.reshape({}), reference.array("value"), reference.tolerance());
    penalty.backward();
    check_close("gradient", x.grad(), reference.array("dx"), reference.tolerance());
  });
}

TEST_CASE("constraints give Keras's weights") {
  for_each("constraint", [](const Case& reference) {
    const constraints::Constraint constraint = make_constraint(reference.kind, reference.config);
    check_close("weight", constraint(reference.array("x")), reference.array("y"), reference.tolerance());
  });
}

}  // namespace xtape::test
