#include <iostream>
#include <limits>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::models {

Model::Model(detail::Reference<layers::LayerImpl> impl) noexcept : Layer(std::move(impl)) {}
ModelImpl& Model::impl() const { return layers::implementation_of<ModelImpl>(*this); }

void Model::compile(const CompileOptions& options) const { impl().compile(options); }
bool Model::compiled() const { return impl().compiled(); }
const optimizers::Optimizer& Model::optimizer() const { return impl().optimizer(); }
bool Model::stop_training() const { return impl().stop_training; }
void Model::set_stop_training(bool stop) const { impl().stop_training = stop; }
bool Model::stop_evaluating() const { return impl().stop_evaluating; }
void Model::set_stop_evaluating(bool stop) const { impl().stop_evaluating = stop; }
bool Model::stop_predicting() const { return impl().stop_predicting; }
void Model::set_stop_predicting(bool stop) const { impl().stop_predicting = stop; }
const callbacks::History& Model::history() const { return impl().history(); }
void Model::reset_metrics() const { impl().reset_metrics(); }
std::vector<metrics::Metric> Model::metrics() const { return impl().metrics(); }
callbacks::Logs Model::get_metrics_result() const { return impl().get_metrics_result(); }
callbacks::Logs Model::compute_metrics(const Data& x, const Data& y, const Data& y_pred,
                                       const Data& sample_weight) const {
  return impl().compute_metrics(x, y, y_pred, sample_weight);
}

callbacks::History Model::fit(const Data& x, const Data& y, const FitOptions& options) const {
  return impl().fit(x, y, options);
}
callbacks::History Model::fit(const Batches& batches, const FitOptions& options) const {
  return impl().fit(batches, options);
}
Scores Model::evaluate(const Data& x, const Data& y, const EvaluateOptions& options) const {
  return impl().evaluate(x, y, options);
}
Scores Model::evaluate(const Batches& batches, const EvaluateOptions& options) const {
  return impl().evaluate(batches, options);
}
Scores Model::train_on_batch(const Data& x, const Data& y, const BatchOptions& options) const {
  return impl().train_on_batch(x, y, options);
}
Scores Model::test_on_batch(const Data& x, const Data& y, const BatchOptions& options) const {
  return impl().test_on_batch(x, y, options);
}

std::vector<Tensor> Model::predict_all(const Data& x, const PredictOptions& options) const {
  return impl().predict(x, options);
}
std::vector<Tensor> Model::predict_all(const Batches& batches, const PredictOptions& options) const {
  return impl().predict(batches, options);
}
Tensor Model::predict(const Data& x, const PredictOptions& options) const { return one_of(predict_all(x, options)); }
Tensor Model::predict(const Batches& batches, const PredictOptions& options) const {
  return one_of(predict_all(batches, options));
}
Tensor Model::one_of(std::vector<Tensor> outputs) const {
  if (outputs.size() == 1) return std::move(outputs.front());
  throw ValueError("predict: the model gives " + std::to_string(outputs.size()) + " tensors; take them with predict<" +
                       std::to_string(outputs.size()) + ">(x) or predict_all(x)",
                   name());
}
void Model::check_number_of_outputs(std::size_t given, std::size_t asked) const {
  if (given == asked) return;
  std::string names;
  const std::vector<std::string> all = output_names();
  if (all.size() == given) {
    for (const std::string& name : all) names += (names.empty() ? " (" : ", ") + name;
    names += ')';
  }
  const std::string count = std::to_string(given);
  throw ValueError("predict: the model gives " + count + " output" + (given == 1 ? "" : "s") + names + ", " +
                       std::to_string(asked) + " were asked for: write " +
                       (given == 1 ? "predict(x)" : "predict<" + count + ">(x)") + ", or take them with predict_all(x)",
                   name());
}
Tensor Model::predict_on_batch(const Data& x) const { return predict(x, one_batch()); }
PredictOptions Model::one_batch() { return {.batch_size = std::numeric_limits<int64_t>::max(), .verbose = 0}; }

void Model::summary(const SummaryOptions& options) const { summary(std::cout, options); }
void Model::summary(std::ostream& out, const SummaryOptions& options) const { impl().summary(out, options); }

const std::vector<Symbol> Model::inputs() const { return impl().inputs(); }
const std::vector<Symbol> Model::outputs() const { return impl().outputs(); }
std::vector<std::string> Model::input_names() const { return impl().input_names(); }
std::vector<std::string> Model::output_names() const { return impl().output_names(); }
std::string Model::to_json(int indent) const { return xtape::to_json(layers::serialize(*this), indent); }

Symbol Model::input() const {
  const std::vector<Symbol> all = impl().inputs();
  if (all.size() == 1) return all.front();
  throw ValueError("input: the model has " + std::to_string(all.size()) + " inputs; take inputs()", name());
}
Symbol Model::output() const {
  const std::vector<Symbol> all = impl().outputs();
  check_one(all.size());
  return all.front();
}

std::vector<layers::Layer> Model::layers() const {
  if (impl().has_graph()) impl().outputs();  // a Sequential connects its layers
  return Layer::layers();
}

layers::Layer Model::get_layer(const std::string& name) const {
  std::vector<std::string> names;
  for (const layers::Layer& layer : layers()) {
    if (layer.name() == name) return layer;
    names.push_back(layer.name());
  }
  detail::throw_unknown_name("layer", name, names);
}

layers::Layer Model::get_layer(int64_t index) const {
  const std::vector<layers::Layer> all = layers();
  const auto count = static_cast<int64_t>(all.size());
  if (index < -count || index >= count) {
    throw IndexError(
        "get_layer: index " + std::to_string(index) + " is out of range for " + std::to_string(count) + " layers",
        this->name());
  }
  return all[static_cast<std::size_t>(index < 0 ? index + count : index)];
}

}  // namespace xtape::models
