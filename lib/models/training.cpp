#include "models/training.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>

#include "models/in_order.hpp"
#include "models/train_step.hpp"

namespace xtape::models {

ModelImpl::Training::Training(const CompileOptions& given) : options(given) {}
ModelImpl::Training::~Training() = default;

const CompiledOutput::LoggedMetric* ModelImpl::Training::compiled(const metrics::Metric& metric) const {
  for (const CompiledOutput& output : outputs) {
    for (const auto& logged : output.metrics) {
      if (logged.metric == metric) return &logged;
    }
  }
  return nullptr;
}

bool ModelImpl::Training::has_loss() const {
  const auto& losses = options.loss.all();
  return std::any_of(losses.begin(), losses.end(), [](const losses::Loss& loss) { return bool(loss); });
}

bool ModelImpl::Training::compares() const {
  return has_loss() || options.metrics.size() > 0 || options.weighted_metrics.size() > 0;
}

OfOutputs::OfOutputs(const Data& y_given, const Data& y_pred_given, const Data& weights_given,
                     const std::vector<std::string>& names) {
  // What is by position already may be less than one for each output.
  const auto in_place = [&](const std::string& what, const Data& data) {
    return data.names().empty() ? data : in_order(what, "output", data, names);
  };
  y = in_place("y", y_given);
  y_pred = in_place("y_pred", y_pred_given);
  sample_weight = in_place("sample_weight", weights_given);
  check_all_given("y_pred", "output", y_pred, names);
}

bool ModelImpl::Training::is_of_losses_alone(const Data& y) const {
  if (!y.names().empty() || y.size() == 0 || y.size() >= outputs.size()) return false;
  const auto has_loss = [](const CompiledOutput& output) { return bool(output.loss); };
  return y.size() == static_cast<std::size_t>(std::count_if(outputs.begin(), outputs.end(), has_loss));
}

bool ModelImpl::Training::is_ordered(const Batch& batch) const {
  return batch.x.names().empty() && batch.y.names().empty() && batch.sample_weight.names().empty() &&
         !is_of_losses_alone(batch.y);
}

void ModelImpl::Training::check_weights(const Data& sample_weight) const {
  if (sample_weight.size() < 2 || sample_weight.size() == outputs.size()) return;
  check_count("sample_weight: ", "tensor", "output", sample_weight.size(), outputs.size(), {});
}

Data ModelImpl::Training::with_all_outputs(const Data& y) const {
  if (!is_of_losses_alone(y)) return y;
  std::vector<Tensor> all;
  auto next = y.all().begin();
  for (const CompiledOutput& output : outputs) all.push_back(output.loss ? *next++ : Tensor());
  return all;
}

void ModelImpl::Training::make_step(ModelImpl& model) {
  if (step) return;
  penalties.emplace(model);
  step = std::make_unique<TrainStep>(model, options.optimizer, options.jit_compile, output_losses);
}

void ModelImpl::Training::reset() {
  mean_loss.reset();
  output_losses.clear();
  for (CompiledOutput& output : outputs) {
    output.mean_loss.reset();
    for (const auto& logged : output.metrics) logged.metric.reset_state();
  }
}

void ModelImpl::Training::gather_loss(int64_t samples, double loss_value, const std::vector<Tensor>& losses) {
  mean_loss.add(loss_value, static_cast<double>(samples));
  knows_output_losses_ = !losses.empty();
  gather_output_losses(losses, [samples](std::size_t) { return samples; });
}

template <class Samples>
void ModelImpl::Training::gather_output_losses(const std::vector<Tensor>& losses, const Samples& samples) {
  auto loss = losses.begin();
  for (std::size_t call = 0; loss != losses.end(); ++call) {
    const auto before = loss;
    for (CompiledOutput& output : outputs) {
      if (!output.loss || loss == losses.end()) continue;
      output.mean_loss.add((loss++)->item(), static_cast<double>(samples(call)));
    }
    if (loss == before) return;
  }
}

void ModelImpl::Training::leave_losses(std::vector<Tensor> losses, int64_t samples) {
  if (losses.empty()) return;
  if (output_losses.empty()) output_samples.clear();
  output_samples.push_back(samples);
  // Of those of the calls before, only their values are wanted.
  for (Tensor& before : output_losses) before = before.detach();
  std::move(losses.begin(), losses.end(), std::back_inserter(output_losses));
}

void ModelImpl::Training::gather_left_losses() {
  if (output_losses.empty()) return;
  knows_output_losses_ = true;
  gather_output_losses(std::exchange(output_losses, {}), [this](std::size_t call) { return output_samples[call]; });
}

void ModelImpl::Training::gather_metrics(const Data& y, const Data& y_pred, const Data& sample_weight) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const auto& logged : outputs[i].metrics) {
      try {
        logged.metric.update_state(y[i], y_pred[i], logged.weighted ? weight_of(sample_weight, i) : Tensor());
      } catch (Error& error) {
        if (outputs.size() > 1) error.set_message("metric \"" + logged.name + "\": " + error.message());
        throw;
      }
    }
  }
}

const callbacks::Logs& ModelImpl::Training::sorted(bool own_steps) {
  auto now = results();
  if (own_steps && mean_loss.samples == 0) now.erase(now.begin());
  if (logs.size() != now.size()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : now) names.push_back(*name);
    std::sort(names.begin(), names.end());
    logs = {};
    for (const std::string& name : names) logs.set(name, 0);
  }
  for (const auto& [name, value] : now) logs.set(*name, value);
  return logs;
}

callbacks::Logs ModelImpl::Training::in_order() const {
  callbacks::Logs result;
  for (const auto& [name, value] : results()) result.set(*name, value);
  return result;
}

std::vector<std::pair<const std::string*, double>> ModelImpl::Training::results() const {
  std::size_t count = 1;
  for (const CompiledOutput& output : outputs) count += 1 + output.metrics.size();
  std::vector<std::pair<const std::string*, double>> result;
  result.reserve(count);
  result.emplace_back(&mean_loss.name, mean_loss.result());
  if (knows_output_losses_) {
    for (const CompiledOutput& output : outputs) {
      if (output.loss) result.emplace_back(&output.mean_loss.name, output.mean_loss.result());
    }
  }
  const auto first_metric = static_cast<std::ptrdiff_t>(result.size());
  for (const CompiledOutput& output : outputs) {
    for (const auto& logged : output.metrics) result.emplace_back(&logged.name, logged.metric.result());
  }
  if (outputs.size() > 1) {
    std::sort(result.begin() + first_metric, result.end(),
              [](const auto& a, const auto& b) { return *a.first < *b.first; });
  }
  return result;
}

void ModelImpl::Training::add_values(callbacks::Logs& logs) const {
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  for (const CompiledOutput& output : outputs) {
    for (const auto& logged : output.metrics) {
      // What a step of one's own logs by that name may be another figure.
      if (!logs.contains(logged.name) || !same(logs[logged.name], logged.metric.result())) continue;
      const Tensor values = logged.metric.values();
      if (values.rank() > 0) logs.set(logged.name, values);
    }
  }
}

namespace {

Tensor numbers(const MeanLoss& loss) {
  const Tensor result = zeros({2}, float64);
  result.data<double>()[0] = loss.total;
  result.data<double>()[1] = loss.samples;
  return result;
}

// What is gathered beside the metrics' variables.
constexpr const char *of_loss = "loss", *of_knowing_losses = "knows_output_losses",
                     *of_output_loss = "loss of an output";

// What is in front of the names of a listed metric's variables.
std::string place_of(std::size_t metric) { return "listed " + std::to_string(metric) + '/'; }

MeanLoss with_numbers(MeanLoss loss, const Tensor& state) {
  const std::vector<double> values = state.to_vector<double>();
  if (values.size() != 2) throw ShapeError("gathered: " + loss.name + " is two numbers, given " + state.shape().str());
  loss.total = values[0];
  loss.samples = values[1];
  return loss;
}

}  // namespace

std::vector<metrics::MetricVariable> ModelImpl::Training::gathered(const std::vector<metrics::Metric>& listed) const {
  std::vector<metrics::MetricVariable> state{{of_loss, numbers(mean_loss)},
                                             {of_knowing_losses, full({}, knows_output_losses_ ? 1 : 0, float64)}};
  for (const CompiledOutput& output : outputs) {
    state.push_back({of_output_loss, numbers(output.mean_loss)});
    for (const auto& logged : output.metrics) {
      for (const auto& [name, value] : logged.metric.variables()) {
        state.push_back({logged.name + '/' + name, value.clone()});
      }
    }
  }
  // Two of them may have one name.
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (compiled(listed[i])) continue;
    for (const auto& [name, value] : listed[i].variables()) state.push_back({place_of(i) + name, value.clone()});
  }
  return state;
}

void ModelImpl::Training::set_gathered(const std::vector<metrics::MetricVariable>& state,
                                       const std::vector<metrics::Metric>& listed) {
  auto next = state.begin();
  const auto take = [&](const char* name) -> const Tensor& {
    if (next == state.end() || next->name != name) {
      throw ValueError(std::string("gathered: expected ") + name + ", given " +
                       (next == state.end() ? "no more" : next->name));
    }
    return (next++)->value;
  };
  std::vector<std::pair<metrics::Metric, std::vector<metrics::MetricVariable>>> values;
  const auto take_variables = [&](const metrics::Metric& metric, const std::string& place) {
    const std::size_t count = metric.variables().size();
    auto& taken = values.emplace_back(metric, std::vector<metrics::MetricVariable>()).second;
    // One that makes its state with its first batch, which nothing tried, takes all there is of it.
    while (next != state.end() && next->name.starts_with(place) && (count == 0 || taken.size() < count)) {
      taken.push_back({next->name.substr(place.size()), next->value});
      ++next;
    }
  };
  const MeanLoss loss = with_numbers(mean_loss, take(of_loss));
  const bool knows_output_losses = take(of_knowing_losses).item<double>() != 0;
  std::vector<MeanLoss> output_losses;
  for (const CompiledOutput& output : outputs) {
    output_losses.push_back(with_numbers(output.mean_loss, take(of_output_loss)));
    for (const auto& logged : output.metrics) take_variables(logged.metric, logged.name + '/');
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (!compiled(listed[i])) take_variables(listed[i], place_of(i));
  }
  if (next != state.end()) throw ValueError("gathered: no metric of the model has " + next->name);
  for (const auto& [metric, variables] : values) metric->check_variables(variables);

  mean_loss = loss;
  knows_output_losses_ = knows_output_losses;
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].mean_loss = output_losses[i];
  for (const auto& [metric, variables] : values) metric.set_variables(variables);
}

std::vector<metrics::MetricVariable> ModelImpl::gathered() {
  return training_of("gathered").gathered(listed_metrics());
}
void ModelImpl::set_gathered(const std::vector<metrics::MetricVariable>& state) {
  Training& training = training_of("set_gathered");
  // A step of one's own tries no data, and what was gathered alone tells how many outputs there are.
  const bool known = !training.outputs.empty();
  if (!known) {
    know_outputs(static_cast<std::size_t>(std::count_if(
        state.begin(), state.end(), [](const metrics::MetricVariable& each) { return each.name == of_output_loss; })));
  }
  try {
    training.set_gathered(state, listed_metrics());
  } catch (...) {
    if (!known) training.outputs.clear();
    throw;
  }
}

Penalties::Penalties(const layers::LayerImpl& model) : variables_(model.weights()) {
  std::erase_if(variables_,
                [](const layers::Variable& variable) { return !variable.trainable || !variable.regularizer; });
}

Tensor Penalties::add_to(Tensor loss) const {
  for (const layers::Variable& variable : variables_) loss = loss + variable.penalty();
  return loss;
}

Fitting::Fitting(ModelImpl::Training& training, const std::string& model) : training_(training), use_(training.uses) {
  if (training.fitting) throw ValueError("fit: the model is being fitted; call fit when that has ended", model);
  training.fitting = true;
  training.step.reset();
  training.penalties.reset();
}

Fitting::~Fitting() {
  training_.fitting = false;
  training_.epochs = training_.validation = nullptr;
  training_.step.reset();
  training_.penalties.reset();
}

}  // namespace xtape::models
