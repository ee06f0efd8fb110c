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
  if (kind == "relu" && !config.keys().empty()) return (*make_layer("ReLU", config))(x);
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

// A mean squared error of which some values do not count.
class MaskedError : public losses::MeanSquaredError {
 public:
  MaskedError(const std::string& reduction, Tensor mask)
      : MeanSquaredError({.reduction = reduction}), mask_(std::move(mask)) {}

 protected:
  Tensor counted(const Tensor&, const Tensor&) const override { return mask_; }

 private:
  Tensor mask_;
};

std::shared_ptr<losses::Loss> loss_of(const Case& reference) {
  if (!reference.has("mask")) return make_loss(reference.kind, reference.config);
  return std::make_shared<MaskedError>(reference.config.text("reduction", ""), reference.array("mask"));
}

// A metric of one of the losses, which has its name.
std::shared_ptr<metrics::Metric> metric_of_loss(const std::string& kind, const Config& config) {
  const std::shared_ptr<losses::Loss> loss = make_loss(kind, config);
  return std::make_shared<metrics::MeanMetricWrapper>(
      loss->name(), [loss](const Tensor& y_true, const Tensor& y_pred) { return loss->call(y_true, y_pred); });
}

std::shared_ptr<metrics::Metric> make_metric(const std::string& kind, const Config& config) {
  if (kind == "BinaryAccuracy") {
    return std::make_shared<metrics::BinaryAccuracy>(
        metrics::BinaryAccuracyOptions{.threshold = config.number("threshold", 0.5)});
  }
  const metrics::TopKOptions top_k{.k = config.integer("k", 5)};
  if (kind == "TopKCategoricalAccuracy") return std::make_shared<metrics::TopKCategoricalAccuracy>(top_k);
  if (kind == "SparseTopKCategoricalAccuracy") return std::make_shared<metrics::SparseTopKCategoricalAccuracy>(top_k);
  if (kind == "Accuracy") return std::make_shared<metrics::Accuracy>();
  if (kind == "CategoricalAccuracy") return std::make_shared<metrics::CategoricalAccuracy>();
  if (kind == "SparseCategoricalAccuracy") return std::make_shared<metrics::SparseCategoricalAccuracy>();
  if (kind == "MeanSquaredError") return std::make_shared<metrics::MeanSquaredError>();
  if (kind == "MeanAbsoluteError") return std::make_shared<metrics::MeanAbsoluteError>();
  if (kind == "RootMeanSquaredError") return std::make_shared<metrics::RootMeanSquaredError>();
  if (kind.ends_with("Crossentropy")) return metric_of_loss(kind, config);
  throw ValueError("make_metric: unknown class " + kind);
}

std::shared_ptr<regularizers::Regularizer> make_regularizer(const std::string& kind, const Config& config) {
  if (kind == "L1" && config.contains("l1")) return std::make_shared<regularizers::L1>(config.number("l1", 0));
  if (kind == "L2" && config.contains("l2")) return std::make_shared<regularizers::L2>(config.number("l2", 0));
  if (kind == "L1L2" && !config.keys().empty()) {
    return std::make_shared<regularizers::L1L2>(
        regularizers::L1L2Options{.l1 = config.number("l1", 0), .l2 = config.number("l2", 0)});
  }
  if (kind == "OrthogonalRegularizer") {
    return std::make_shared<regularizers::OrthogonalRegularizer>(regularizers::OrthogonalRegularizerOptions{
        .factor = config.number("factor", 0.01), .mode = config.text("mode", "rows")});
  }
  return regularizers::Regularizer::from_name(kind);
}

std::shared_ptr<constraints::Constraint> make_constraint(const std::string& kind, const Config& config) {
  if (config.keys().empty()) return constraints::Constraint::from_name(kind);
  const int axis = static_cast<int>(config.integer("axis", 0));
  if (kind == "MaxNorm") {
    return std::make_shared<constraints::MaxNorm>(
        constraints::MaxNormOptions{.max_value = config.number("max_value", 2), .axis = axis});
  }
  if (kind == "UnitNorm") return std::make_shared<constraints::UnitNorm>(axis);
  return std::make_shared<constraints::MinMaxNorm>(
      constraints::MinMaxNormOptions{.min_value = config.number("min_value", 0),
                                     .max_value = config.number("max_value", 1),
                                     .rate = config.number("rate", 1),
                                     .axis = axis});
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
    const Tensor loss = (*loss_of(reference))(reference.array("y_true"), y_pred, weight);
    check_close("loss", loss, reference.array("loss"), reference.tolerance());
    loss.backward(reference.has("r") ? reference.array("r") : Tensor());
    check_close("gradient", y_pred.grad(), reference.array("dy_pred"), reference.tolerance());
  });
}

TEST_CASE("metrics give Keras's results batch by batch") {
  for_each("metric", [](const Case& reference) {
    const Tensor expected = reference.array("result");
    std::vector<double> results;
    if (reference.kind == "Mean") {
      metrics::Mean mean;
      const Tensor values = reference.array("values");
      for (int64_t batch = 0; batch < expected.numel(); ++batch) {
        mean.update_state(values[batch],
                          reference.has("sample_weight") ? reference.array("sample_weight")[batch] : Tensor());
        results.push_back(mean.result());
      }
    } else {
      const std::shared_ptr<metrics::Metric> metric = make_metric(reference.kind, reference.config);
      CHECK(metric->name() == reference.all.text("default_name", ""));
      const Tensor y_true = reference.array("y_true"), y_pred = reference.array("y_pred");
      for (int64_t batch = 0; batch < expected.numel(); ++batch) {
        metric->update_state(y_true[batch], y_pred[batch],
                             reference.has("sample_weight") ? reference.array("sample_weight")[batch] : Tensor());
        results.push_back(metric->result());
      }
    }
    check_close("result", tensor(results), expected, reference.tolerance());
  });
}

TEST_CASE("regularizers give Keras's penalties and gradients") {
  for_each("regularizer", [](const Case& reference) {
    const Tensor x = reference.array("x").set_requires_grad();
    const Tensor penalty = (*make_regularizer(reference.kind, reference.config))(x);
    check_close("penalty", penalty.reshape({}), reference.array("value"), reference.tolerance());
    penalty.backward();
    check_close("gradient", x.grad(), reference.array("dx"), reference.tolerance());
  });
}

TEST_CASE("constraints give Keras's weights") {
  for_each("constraint", [](const Case& reference) {
    const Tensor y = (*make_constraint(reference.kind, reference.config))(reference.array("x"));
    check_close("weight", y, reference.array("y"), reference.tolerance());
  });
}

}  // namespace xtape::test
