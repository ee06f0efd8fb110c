#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/models/model.hpp>
#include <xtape/optimizers/optimizer.hpp>

#include "models/training.hpp"

// How Keras writes what a model was compiled with.
namespace xtape::models {
namespace {

// Whether that name makes such a loss; a name of one's own makes none.
bool makes(const std::string& name, const Config& loss) {
  try {
    return serialize(losses::Loss(name)) == loss;
  } catch (const ValueError&) {
    return false;
  }
}

// By its name where it has the defaults: all releases of Keras read that, in each kind of file.
Config written(const losses::Loss& loss) {
  if (!loss) return {};
  const Config config = serialize(loss);
  if (config.is_text()) return config;
  const std::string class_name = loss->class_name();
  for (const std::string& name : {loss->name(), detail::to_snake_case(class_name), class_name}) {
    if (makes(name, config)) return name;
  }
  return config;
}
Config written(double number) { return number; }

template <class T>
Config written(const PerOutput<T>& given) {
  if (given.empty()) return {};
  if (given.form() == PerOutput<T>::Form::one) return written(given.all().front());
  if (given.form() == PerOutput<T>::Form::by_position) {
    Config::List list;
    for (const T& each : given.all()) list.push_back(written(each));
    return list;
  }
  Config named = Config::dict();
  for (std::size_t i = 0; i < given.all().size(); ++i) named.set(given.names()[i], written(given.all()[i]));
  return named;
}

// Of several outputs, a list for each.
Config written(const metrics::Metrics& given, bool several_outputs) {
  if (given.size() == 0) return {};
  if (!given.outputs().empty()) {
    std::vector<std::pair<std::string, Config::List>> lists;
    auto output = given.outputs().begin();
    for (const metrics::Metric& metric : given) {
      if (lists.empty() || lists.back().first != *output) lists.emplace_back(*output, Config::List());
      lists.back().second.push_back(serialize(metric));
      ++output;
    }
    Config named = Config::dict();
    for (auto& [name, list] : lists) named.set(name, std::move(list));
    return named;
  }
  Config::List list;
  for (const metrics::Metric& metric : given) {
    list.push_back(several_outputs ? Config(metric ? Config::List{serialize(metric)} : Config::List())
                                   : serialize(metric));
  }
  return list;
}

// serialize(..), whose errors say of what.
template <class Write>
Config part(const char* name, const Write& write) {
  try {
    return write();
  } catch (Error& error) {
    error.set_message(std::string("get_compile_config: ") + name + ": " + error.message());
    throw;
  }
}

}  // namespace

Config ModelImpl::get_compile_config() const {
  const CompileOptions& options = training_of("get_compile_config").options;
  const bool several = output_names().size() > 1;
  Config config = Config::dict();
  config.set("optimizer", part("optimizer", [&] { return serialize(options.optimizer); }));
  config.set("loss", part("loss", [&] { return written(options.loss); }));
  config.set("loss_weights", written(options.loss_weights));
  config.set("metrics", part("metrics", [&] { return written(options.metrics, several); }));
  config.set("weighted_metrics", part("weighted_metrics", [&] { return written(options.weighted_metrics, several); }));
  config.set("run_eagerly", false);
  config.set("steps_per_execution", options.steps_per_execution);
  config.set("jit_compile", options.jit_compile);
  return config;
}

Config Model::get_compile_config() const { return impl().get_compile_config(); }

}  // namespace xtape::models
