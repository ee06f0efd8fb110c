#include <algorithm>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/models/model.hpp>
#include <xtape/optimizers/optimizer.hpp>

// Apart from the writer, so that a program that reads no models is not linked with all losses and metrics.
namespace xtape::models {
namespace {

struct CompileFields {
  // Keras leaves it out where a model was saved twice, once as .h5.
  optimizers::Optimizer optimizer = "rmsprop";
  Config loss, loss_weights, metrics, weighted_metrics;
  int64_t steps_per_execution = 1;
  // Of no meaning here.
  Config run_eagerly, auto_scale_loss;

  void fields(Fields& f) {
    f("optimizer", optimizer)("loss", loss)("loss_weights", loss_weights)("metrics", metrics);
    f("weighted_metrics", weighted_metrics)("steps_per_execution", steps_per_execution);
    f("run_eagerly", run_eagerly)("auto_scale_loss", auto_scale_loss);
  }
};

bool is_object(const Config& config) { return config.is_dict() && config.find("class_name"); }

// Given by name: one for each output in their order, null for those that are not given.
Config::List by_position(const char* what, const Config& named, const std::vector<std::string>& outputs) {
  Config::List list(outputs.size());
  for (const Config::Entry& entry : named.entries()) {
    const auto place = std::find(outputs.begin(), outputs.end(), entry.name);
    if (place == outputs.end()) {
      throw ValueError(std::string(what) + ": the model has no output \"" + entry.name + '"');
    }
    list[static_cast<std::size_t>(place - outputs.begin())] = entry.value;
  }
  return list;
}

losses::Loss read_loss(const Config& config) { return losses::deserialize(config); }
double read_weight(const Config& config) { return config.is_null() ? 1 : config.number(); }

template <class T>
PerOutput<T> per_output(const char* what, const Config& config, const std::vector<std::string>& outputs,
                        T (*read)(const Config&)) {
  if (config.is_null()) return {};
  if (!config.is_list() && (!config.is_dict() || is_object(config))) return read(config);
  std::vector<T> all;
  for (const Config& each : config.is_list() ? config.list() : by_position(what, config, outputs)) {
    // A list of one in a list is that one, as in Keras.
    all.push_back(read(each.is_list() && each.list().size() == 1 ? each.list().front() : each));
  }
  if (all.size() == 1) return all.front();
  return all;
}

// All metrics in lists in lists.
void collect(const Config& config, std::vector<metrics::Metric>& into) {
  if (config.is_null()) return;
  if (config.is_list()) {
    for (const Config& each : config.list()) collect(each, into);
  } else if (config.is_dict() && !is_object(config)) {
    for (const Config::Entry& entry : config.entries()) collect(entry.value, into);
  } else {
    into.push_back(metrics::deserialize(config));
  }
}

metrics::Metrics metrics_of(const char* what, const Config& config, const std::vector<std::string>& outputs) {
  if (config.is_null()) return {};
  std::vector<metrics::Metric> all;
  if (outputs.size() < 2) {
    collect(config, all);
    return all;
  }
  Config::List lists;
  if (config.is_dict() && !is_object(config)) {
    lists = by_position(what, config, outputs);
  } else {
    lists = config.is_list() ? config.list() : Config::List{config};
  }
  if (lists.size() != outputs.size()) {
    throw ValueError(std::string(what) + ": expected one entry for each of the " + std::to_string(outputs.size()) +
                     " outputs, given " + std::to_string(lists.size()));
  }
  std::vector<detail::Named<std::vector<metrics::Metric>>> named;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    named.push_back({outputs[i], {}});
    collect(lists[i], named.back().value);
  }
  return metrics::Metrics::by_output(named);
}

}  // namespace

void Model::compile_from_config(const Config& config) const {
  Config::Entries entries;
  bool jit_compile = false;
  for (const Config::Entry& entry : config.entries()) {
    // "auto" is Keras's choice by backend: to be asked for here.
    if (entry.name == "jit_compile") {
      jit_compile = entry.value.is_bool() && entry.value.boolean();
    } else {
      entries.push_back(entry);
    }
  }
  const Config known(std::move(entries));
  const auto given = read_fields<CompileFields>(known, "compile");
  const std::vector<std::string> outputs = output_names();
  compile({.optimizer = given.optimizer,
           .loss = per_output<losses::Loss>("loss", given.loss, outputs, read_loss),
           .loss_weights = per_output<double>("loss_weights", given.loss_weights, outputs, read_weight),
           .metrics = metrics_of("metrics", given.metrics, outputs),
           .weighted_metrics = metrics_of("weighted_metrics", given.weighted_metrics, outputs),
           .steps_per_execution = given.steps_per_execution,
           .jit_compile = jit_compile});
}

}  // namespace xtape::models
