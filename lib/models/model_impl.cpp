#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/construction_scope.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/reduction.hpp>

#include "models/check_finite.hpp"
#include "models/in_order.hpp"
#include "models/loss_tracker.hpp"
#include "models/train_step.hpp"
#include "models/training.hpp"

namespace xtape::models {
namespace {

// `[20, 2]`, or `([20, 2], [20, 3])` of several.
std::string shapes_text(const Data& data) {
  std::string text;
  for (const Tensor& tensor : data.all()) {
    text += (text.empty() ? "" : ", ") + (tensor.defined() ? tensor.shape().str() : std::string("none"));
  }
  return data.size() == 1 ? text : '(' + text + ')';
}

std::string describe(const Batch& data) {
  std::string text = "x " + shapes_text(data.x);
  if (data.y.size() > 0) text += ", y " + shapes_text(data.y);
  if (data.sample_weight.size() > 0) text += ", sample_weight " + shapes_text(data.sample_weight);
  return text;
}

bool all_defined(const Data& data) {
  return data.size() > 0 &&
         std::all_of(data.all().begin(), data.all().end(), [](const Tensor& tensor) { return tensor.defined(); });
}

// @throws ShapeError, ValueError unless all tensors have as many samples in their first axis as the first one.
void check_lengths(const Batch& data) {
  const int64_t length = data.x[0].rank() > 0 ? data.x[0].shape(0) : 0;
  const std::pair<const Data*, const char*> parts[] = {
      {&data.x, "inputs"}, {&data.y, "x and y"}, {&data.sample_weight, "x and sample_weight"}};
  for (const auto& [part, names] : parts) {
    for (const Tensor& tensor : part->all()) {
      if (!tensor.defined()) continue;
      if (tensor.rank() < 1) throw ShapeError("expected data of at least 1 dimension, given " + describe(data));
      if (tensor.shape(0) != length)
        throw ValueError(std::string(names) + " have different lengths: " + describe(data));
    }
  }
  if (length == 0) throw ValueError("there are no samples: " + describe(data));
}

using Part = detail::Reference<layers::LayerImpl>;

// Layers in the model, at any depth, whose coming and going weights do not show.
std::vector<Part> layers_without_weights(const layers::LayerImpl& layer) {
  std::vector<Part> result;
  for (const Part& part : layer.parts()) {
    if (part->parts().empty() && !part->has_weights()) result.push_back(part);
    const std::vector<Part> inside = layers_without_weights(*part);
    result.insert(result.end(), inside.begin(), inside.end());
  }
  return result;
}

// Whether layers_without_weights go on with those of `known` from `place` on, which moves behind them.
bool go_on_with(const layers::LayerImpl& layer, const std::vector<Part>& known, std::size_t& place) {
  return std::all_of(layer.parts().begin(), layer.parts().end(), [&](const Part& part) {
    if (part->parts().empty() && !part->has_weights()) {
      if (place == known.size() || known[place] != part) return false;
      ++place;
    }
    return go_on_with(*part, known, place);
  });
}

constexpr const char* no_loss = "the model was compiled without a loss, and no layer adds one; give compile a loss";

// Of layers in the model, at any depth, each metric once; models in it gather for their own training alone.
void add_metrics_of_parts(const layers::LayerImpl& layer, std::vector<metrics::Metric>& into) {
  for (const Part& part : layer.parts()) {
    for (metrics::Metric& metric : part->own_metrics()) {
      if (dynamic_cast<const ModelImpl*>(part.get())) break;
      if (std::find(into.begin(), into.end(), metric) == into.end()) into.push_back(std::move(metric));
    }
    add_metrics_of_parts(*part, into);
  }
}

// @throws ValueError if one object is given twice: it would gather two figures at once.
void check_metrics_differ(const CompileOptions& options) {
  std::vector<metrics::Metric> all(options.metrics.begin(), options.metrics.end());
  all.insert(all.end(), options.weighted_metrics.begin(), options.weighted_metrics.end());
  for (auto metric = all.begin(); metric != all.end(); ++metric) {
    if (!*metric || std::find(all.begin(), metric, *metric) == metric) continue;
    throw ValueError("compile: the metric " + metric->name() + " is given twice; make one object for each");
  }
}

}  // namespace

ModelImpl::ModelImpl(layers::LayerOptions options) : LayerImpl(std::move(options)) { keeps_input_types(); }
ModelImpl::~ModelImpl() = default;

Model ModelImpl::handle() { return Model(detail::Reference<layers::LayerImpl>::share(this)); }

// Of any number of outputs.
void ModelImpl::build(const Shape& input_shape) { call_on_zeros(std::vector<Shape>{input_shape}); }
void ModelImpl::build_all(const std::vector<Shape>& input_shapes) {
  if (input_shapes.size() == 1) return build(input_shapes.front());
  call_on_zeros(input_shapes);
}

std::vector<Symbol> ModelImpl::inputs() { throw ValueError("inputs: the model is not made of symbols", name()); }
std::vector<Symbol> ModelImpl::outputs() { throw ValueError("outputs: the model is not made of symbols", name()); }

void ModelImpl::compile(const CompileOptions& options) {
  if (training_ && training_->uses > 0) {
    throw ValueError("compile: the model is training or being evaluated; compile it when that has ended", name());
  }
  const std::vector<losses::Loss>& losses = options.loss.all();
  if (!options.optimizer) throw ValueError("compile: an optimizer is required", name());
  for (const losses::Loss& loss : losses) {
    if (!loss || loss.reduction() != "none") continue;
    throw ValueError("compile: the loss " + loss.name() +
                         " has the reduction \"none\", and training needs one number; use \"sum_over_batch_size\" or "
                         "\"sum\"",
                     name());
  }
  detail::check_at_least(1, "compile", "steps_per_execution", options.steps_per_execution, name());
  for (const double weight : options.loss_weights.all()) {
    detail::check_number("compile", "loss_weights", weight, detail::Range::finite, name());
  }
  with_context("", "", [&] { check_metrics_differ(options); });
  auto training = std::make_unique<Training>(options);
  const std::vector<std::string> names = output_names();
  if (!names.empty()) {
    with_context("compile: ", "", [&] { training->outputs = compiled_outputs(options, names.size(), names); });
  } else if (losses.size() > 1 && options.loss.names().empty()) {
    // As many outputs as losses, until a call shows how many there are.
    with_context("compile: ", "", [&] { training->outputs = compiled_outputs(options, losses.size(), {}); });
  }
  if (built()) {
    training->compiled_weights = weights();
    training->compiled_layers = layers_without_weights(*this);
  }
  training_ = std::move(training);
  // Where a constructor compiles this model, or one in it, they are no members of what it constructs.
  for (const metrics::Metrics* given : {&options.metrics, &options.weighted_metrics}) {
    for (const metrics::Metric& metric : *given) {
      if (metric) layers::ConstructionScope::strike(metric.pointer().get());
    }
  }
}

ModelImpl::Training& ModelImpl::training_of(const char* method) const {
  if (!training_) throw ValueError(std::string(method) + ": the model is not compiled; call compile first", name());
  return *training_;
}

const optimizers::Optimizer& ModelImpl::optimizer() const { return training_of("optimizer").options.optimizer; }

void ModelImpl::know_outputs(std::size_t count) const {
  Training& training = *training_;
  if (training.outputs.size() == count) return;
  std::vector<std::string> names = output_names();
  if (names.size() != count) names.clear();
  training.output_losses.clear();
  training.outputs = compiled_outputs(training.options, count, names);
}

void ModelImpl::check_targets_given(const Data& y) const {
  const std::vector<CompiledOutput>& outputs = training_->outputs;
  if (y.size() > outputs.size()) check_count("y: ", "tensor", "output", y.size(), outputs.size(), output_names());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].needs_target() || (i < y.size() && y[i].defined())) continue;
    const std::vector<std::string> names = output_names();
    throw ValueError("y: there are no targets of the output " +
                     (i < names.size() ? '"' + names[i] + '"' : std::to_string(i)) + ", which has a loss or a metric");
  }
}

Data ModelImpl::ordered_inputs(const std::string& what, const Data& x) const {
  return with_context(what, "", [&] {
    if (!x.defined()) throw ValueError("x must be defined");
    const std::vector<std::string> names = input_names();
    Data result = in_order("x", "input", x, names);
    check_all_given("x", "input", result, names);
    check_lengths({result});
    return result;
  });
}

Batch ModelImpl::ordered(const std::string& what, const Batch& data, bool own_step) const {
  return with_context(what, "", [&] {
    if (own_step) {
      if (!all_defined(data.x)) throw ValueError("x must be defined");
      check_lengths(data);
      return data;
    }
    if (!data.x.defined() || (!data.y.defined() && !own_compute_loss_ && training_->compares())) {
      throw ValueError("x and y must be defined");
    }
    const std::vector<std::string> outputs = output_names();
    Batch result{ordered_inputs("", data.x), in_order("y", "output", training_->with_all_outputs(data.y), outputs),
                 data.sample_weight};
    if (data.sample_weight.size() > 1 || !data.sample_weight.names().empty()) {
      result.sample_weight = in_order("sample_weight", "output", data.sample_weight, outputs);
    }
    check_lengths(result);
    if (!training_->outputs.empty()) check_targets_given(result.y);
    return result;
  });
}

std::vector<Tensor> ModelImpl::outputs_for(const Data& x, bool training) {
  // A step of one's own hands on what it was given.
  if (!x.names().empty()) return outputs_for(ordered_inputs("", x), training);
  if (has_one_output_ && x.size() == 1) return {apply(x[0], training)};
  return apply_all({.inputs = x.all(), .training = training});
}

Batch ModelImpl::prepared(const std::string& what, const Batch& data, bool own_step, bool finite) const {
  Batch result = ordered(what, data, own_step);
  if (finite) with_context(what, "", [&] { check_finite(result, input_names(), output_names()); });
  return result;
}

std::string ModelImpl::output_text(std::size_t output) const {
  if (training_->outputs.size() < 2) return "";
  const std::vector<std::string> names = output_names();
  return "output " + (output < names.size() ? '"' + names[output] + '"' : std::to_string(output)) + ": ";
}

void ModelImpl::try_data(const std::string& what, const Batch& data, bool own_step) {
  if (own_step) return;
  Training& training = *training_;
  const NoGrad no_grad;
  const auto check_targets = [&] {
    for (std::size_t i = 0; i < training.outputs.size(); ++i) {
      if (!training.outputs[i].loss) continue;
      Shape prediction_shape = training.tried_outputs[i];
      if (prediction_shape.rank() > 0) prediction_shape[0] = data.x[0].shape(0);
      with_context([&] { return output_text(i); }, "",
                   [&] { training.outputs[i].loss.check_targets(data.y[i], prediction_shape); });
    }
  };
  // Among steps of training, values alone can be at fault in data of the form of those before.
  BatchForm form = form_of_samples(data);
  if (training.step && training.tried == form) {
    return with_context(
        what, [&] { return " (" + describe(data) + ')'; }, check_targets);
  }
  training.tried.clear();
  const std::string given = describe(data), one_sample = " (tried on one sample of " + given + ")";
  const Batch sample = slice(data, {0, 1});
  const std::string own_test =
      own_steps_.train ? "; a model that has a train_step and no `call` overrides test_step too" : "";
  const std::vector<Tensor> y_pred = with_context(what, own_test + one_sample, [&] {
    const Trial trial(*this, listed_metrics());
    return outputs_for(sample.x, false);
  });
  with_context(what, " (" + given + ")", [&] {
    know_outputs(y_pred.size());
    check_targets_given(data.y);
    training.check_weights(data.sample_weight);
    training.tried_outputs.clear();
    for (const Tensor& output : y_pred) training.tried_outputs.push_back(output.shape());
    check_targets();
  });
  with_context(what, one_sample, [&] {
    for (std::size_t i = 0; i < y_pred.size(); ++i) {
      const losses::Loss& loss = training.outputs[i].loss;
      if (!loss) continue;
      with_context(output_text(i), "", [&] { loss(sample.y[i], y_pred[i], weight_of(sample.sample_weight, i)); });
    }
    const TrackersApart apart(training, {}, true);
    training.gather_metrics(sample.y, y_pred, sample.sample_weight);
  });
  if (!training.has_loss() && !own_compute_loss_) {
    with_context(what, one_sample, [&] {
      const Trial trial(*this, listed_metrics());
      outputs_for(sample.x, true);
      if (handle().losses().empty()) throw ValueError(no_loss);
    });
  }
  training.tried = std::move(form);
}

Tensor ModelImpl::compute_loss(const Data& x, const Data& y, const Data& y_pred, const Data& sample_weight) {
  Training& training = training_of("compute_loss");
  if (OfOutputs::named(y, y_pred, sample_weight)) {
    const OfOutputs given(y, y_pred, sample_weight, output_names());
    return ModelImpl::compute_loss(x, given.y, given.y_pred, given.sample_weight);
  }
  know_outputs(y_pred.size());
  if (training.is_of_losses_alone(y)) {
    return ModelImpl::compute_loss(x, training.with_all_outputs(y), y_pred, sample_weight);
  }
  check_targets_given(y);
  training.check_weights(sample_weight);
  const std::vector<CompiledOutput>& outputs = training.outputs;
  const bool several =
      std::count_if(outputs.begin(), outputs.end(), [](const auto& output) { return bool(output.loss); }) > 1;
  Tensor total;
  std::vector<Tensor> losses;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].loss) continue;
    Tensor loss = with_context([&] { return output_text(i); }, "",
                               [&] { return outputs[i].loss(y[i], y_pred[i], weight_of(sample_weight, i)); });
    if (several) losses.push_back(loss);
    if (outputs[i].loss_weight != 1) loss = loss * outputs[i].loss_weight;
    total = total.defined() ? total + loss : loss;
  }
  training.leave_losses(std::move(losses), y_pred[0].rank() > 0 ? y_pred[0].shape(0) : 1);
  std::optional<Penalties> now;
  const Penalties& penalties = training.penalties ? *training.penalties : now.emplace(*this);
  const std::vector<Tensor> added = call_losses();
  if (!total.defined()) {
    if (added.empty() && penalties.empty()) throw ValueError(std::string("compute_loss: ") + no_loss, name());
    total = zeros({});
  }
  total = penalties.add_to(std::move(total));
  for (const Tensor& each : added) total = total + sum(each);
  return total;
}

void ModelImpl::check_unchanged(const std::string& what) const {
  const std::vector<layers::Variable>& before = training_->compiled_weights;
  if (before.empty()) return;  // there was nothing to train yet
  // Each train_on_batch comes here, and most often nothing has changed; what has is told by its path, from lists.
  std::size_t place = 0;
  if (has_same_weights(before) && go_on_with(*this, training_->compiled_layers, place) &&
      place == training_->compiled_layers.size()) {
    return;
  }
  const std::vector<layers::Variable> now = weights();
  const auto differs = [&](const layers::Variable& one, const std::vector<layers::Variable>& others) {
    return std::none_of(others.begin(), others.end(), [&](const layers::Variable& other) {
      return other.value.handle() == one.value.handle() && other.trainable == one.trainable;
    });
  };
  std::string changed;
  for (const layers::Variable& variable : now) {
    if (differs(variable, before)) changed += (changed.empty() ? "" : ", ") + variable.path;
  }
  for (const layers::Variable& variable : before) {
    const bool gone = std::none_of(now.begin(), now.end(), [&](const layers::Variable& other) {
      return other.value.handle() == variable.value.handle();
    });
    if (gone) changed += (changed.empty() ? "" : ", ") + variable.path;
  }
  const std::vector<Part> parts_before = training_->compiled_layers, parts_now = layers_without_weights(*this);
  for (const auto& [some, others] : {std::pair(&parts_now, &parts_before), std::pair(&parts_before, &parts_now)}) {
    for (const Part& part : *some) {
      if (std::find(others->begin(), others->end(), part) != others->end()) continue;
      changed += (changed.empty() ? "" : ", ") + name() + '/' + part->name();
    }
  }
  if (changed.empty()) return;
  throw ValueError(
      what + "layers were frozen, freed, added or removed after compile (" + changed + "); call compile again", name());
}

void ModelImpl::check_has_weights(const std::string& what) {
  // A model that compile found without weights has those of its first fit.
  if (training_->compiled_weights.empty()) {
    training_->compiled_weights = weights();
    training_->compiled_layers = layers_without_weights(*this);
  }
  // A step of one's own may be what makes them.
  if (own_steps_.train) return;
  const std::vector<layers::Variable>& known = training_->compiled_weights;
  const bool some = std::any_of(known.begin(), known.end(), [](const auto& variable) { return variable.trainable; });
  // Trying the data may have made more since.
  if (!some && handle().trainable_variables().empty()) {
    throw ValueError(what + "the model has no trainable weights", name());
  }
}

std::vector<metrics::Metric> ModelImpl::metrics() {
  std::vector<metrics::Metric> result;
  if (training_) {
    result.push_back(loss_tracker(training_->shared_mean_loss));
    for (const CompiledOutput& output : training_->outputs) {
      for (const auto& logged : output.metrics) result.push_back(logged.metric);
    }
  }
  for (metrics::Metric& metric : member_metrics()) result.push_back(std::move(metric));
  return result;
}

std::vector<metrics::Metric> ModelImpl::member_metrics() const {
  std::vector<metrics::Metric> result = own_metrics();
  add_metrics_of_parts(*this, result);
  // One that compile was given is compiled.
  if (training_) std::erase_if(result, [this](const auto& metric) { return training_->compiled(metric) != nullptr; });
  return result;
}

void ModelImpl::reset_metrics() {
  training_of("reset_metrics").reset();
  for (const metrics::Metric& metric : listed_metrics()) metric.reset_state();
}

std::vector<metrics::Metric> ModelImpl::listed_metrics() { return own_metric_list_ ? metrics() : member_metrics(); }

const std::string& ModelImpl::logged_name(const metrics::Metric& metric) const {
  const auto* const logged = training_->compiled(metric);
  return logged ? logged->name : metric.name();
}

}  // namespace xtape::models
