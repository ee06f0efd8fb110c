#include <algorithm>
#include <cmath>
#include <limits>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/host_callback.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/optimizers/adadelta.hpp>
#include <xtape/optimizers/adafactor.hpp>
#include <xtape/optimizers/adagrad.hpp>
#include <xtape/optimizers/adam.hpp>
#include <xtape/optimizers/adamax.hpp>
#include <xtape/optimizers/ftrl.hpp>
#include <xtape/optimizers/lamb.hpp>
#include <xtape/optimizers/lion.hpp>
#include <xtape/optimizers/loss_scale_optimizer.hpp>
#include <xtape/optimizers/nadam.hpp>
#include <xtape/optimizers/optimizer.hpp>
#include <xtape/optimizers/rmsprop.hpp>
#include <xtape/optimizers/sgd.hpp>
#include <xtape/program.hpp>

#include "config/classes.hpp"
#include "optimizers/loss_scale_fields.hpp"

namespace xtape::optimizers {
namespace {

[[noreturn]] Optimizer throw_no_inner_optimizer() {
  throw ValueError("LossScaleOptimizer has no defaults: it is made with an inner optimizer");
}
Optimizer read_loss_scale_optimizer(const Config& options, const std::string& class_name) {
  const auto made = read_fields<LossScaleFields>(options, class_name);
  return LossScaleOptimizer(
      made.inner_optimizer,
      {.initial_scale = made.initial_scale, .dynamic_growth_steps = made.dynamic_growth_steps, .name = made.name});
}

constexpr config::Class<Optimizer> entries[] = {
    config::class_of<Optimizer, SGD, SGDOptions>("SGD", "sgd"),
    config::class_of<Optimizer, Adam, AdamOptions>("Adam"),
    config::class_of<Optimizer, AdamW, AdamWOptions>("AdamW", "adamw"),
    config::class_of<Optimizer, RMSprop, RMSpropOptions>("RMSprop", "rmsprop"),
    config::class_of<Optimizer, Nadam, NadamOptions>("Nadam"),
    config::class_of<Optimizer, Adamax, AdamaxOptions>("Adamax"),
    config::class_of<Optimizer, Adagrad, AdagradOptions>("Adagrad"),
    config::class_of<Optimizer, Adadelta, AdadeltaOptions>("Adadelta"),
    config::class_of<Optimizer, Lion, LionOptions>("Lion"),
    config::class_of<Optimizer, Ftrl, FtrlOptions>("Ftrl"),
    config::class_of<Optimizer, Lamb, LambOptions>("Lamb"),
    config::class_of<Optimizer, Adafactor, AdafactorOptions>("Adafactor"),
    {"LossScaleOptimizer", throw_no_inner_optimizer, read_loss_scale_optimizer},
};

// Those of Keras that are not here.
void check_not_left_out(const std::string& name) {
  for (const char* class_name : {"Muon", "ScheduleFreeAdamW"}) {
    std::string lower_case = class_name;
    std::transform(lower_case.begin(), lower_case.end(), lower_case.begin(),
                   [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (name != class_name && name != lower_case && name != detail::to_snake_case(class_name)) continue;
    throw ValueError("the optimizer " + std::string(class_name) +
                     " is left out of xtape; \"adamw\" is the nearest one");
  }
}

// The norm, also where squares, or the norm itself, leave the range of the gradient's type.
long double norm(const Tensor& gradient) {
  const double squares = sum(square(gradient)).item();
  if (std::isfinite(squares) && squares > std::numeric_limits<float>::min()) return std::sqrt(squares);
  if (gradient.numel() == 0) return 0;
  const double largest = max(abs(gradient)).item();
  if (largest == 0 || !std::isfinite(largest)) return largest;
  return std::sqrt(static_cast<long double>(sum(square(gradient / largest)).item())) * largest;
}

// What brings a norm to `bound`, or 1. Of a gradient that is not finite all becomes NaN, as in Keras, so that it shows.
long double scale_to(double bound, long double norm) {
  if (!std::isfinite(norm)) return std::numeric_limits<long double>::quiet_NaN();
  return norm > bound ? bound / norm : 1;
}

void scale(Tensor& gradient, long double factor) {
  if (factor == 1) return;
  // A factor that the gradient's type does not hold to all its digits comes in two parts.
  const double part = gradient.dtype() == DType::float64 ? 0x1p-512 : 0x1p-64;
  if (factor < part) {
    gradient = gradient * part;
    factor /= part;
  }
  gradient = gradient * static_cast<double>(factor);
}

// What to do where variables are not those that the optimizer was built for.
constexpr const char* new_optimizer =
    "; take a new optimizer for them, and where layers of a model were frozen, freed, added or removed, compile it "
    "with one";

void check_number_of_variables(const std::string& name, bool built, std::size_t given, std::size_t expected) {
  if (!built || given == expected) return;
  throw ValueError(name + ": the optimizer was built for " + std::to_string(expected) + " variables, and given " +
                   std::to_string(given) + new_optimizer);
}

// Those elements of a list.
std::vector<Tensor> those(const std::vector<std::size_t>& places, const std::vector<Tensor>& all) {
  std::vector<Tensor> result;
  result.reserve(places.size());
  for (const std::size_t i : places) result.push_back(all[i]);
  return result;
}

// Whether what comes after that many is the last of a row.
bool is_last_of(int64_t row, int64_t before) { return (before + 1) % row == 0; }

// The learning rate of the step after that many.
double rate_of(const std::string& name, const LearningRate& source, const Tensor& number, int64_t calls) {
  if (source.is_number()) return number.item<double>();
  const double rate = source(calls);
  if (std::isfinite(rate) && rate >= 0) return rate;
  detail::check_number(name, "the learning rate of step " + std::to_string(calls), rate,
                       detail::Range::finite_and_not_negative);
  return rate;
}

}  // namespace

std::shared_ptr<OptimizerImpl> OptimizerImpl::make(const std::string& name) {
  check_not_left_out(name);
  return config::find_class(entries, "optimizer", name).make().pointer();
}

Config serialize(const Optimizer& optimizer) {
  return config::serialize(optimizer.pointer().get(), "keras.optimizers");
}

Optimizer deserialize(const Config& config) {
  if (config.is_dict() && config.find("class_name")) check_not_left_out(config.at("class_name").text());
  return config::deserialize<Optimizer>(entries, "optimizer", config);
}

OptimizerImpl::OptimizerImpl(Settings settings, int64_t more_rates)
    : settings_(std::move(settings)),
      learning_rate_source_(std::make_shared<LearningRate>(settings_.learning_rate)),
      learning_rate_(zeros({}, float64)),
      calls_(zeros({}, int64)),
      rates_(zeros({2 + more_rates + (settings_.gradient_accumulation_steps ? 1 : 0)}, float64)),
      average_rates_(zeros({2}, float64)) {
  using detail::Range;
  if (settings_.learning_rate.is_number()) set_learning_rate(settings_.learning_rate);
  detail::check_number(name(), "weight_decay", settings_.weight_decay.value_or(0), Range::finite_and_not_negative);
  detail::check_number(name(), "clipnorm", settings_.clipnorm.value_or(1), Range::positive);
  detail::check_number(name(), "clipvalue", settings_.clipvalue.value_or(1), Range::positive);
  detail::check_number(name(), "global_clipnorm", settings_.global_clipnorm.value_or(1), Range::positive);
  if (settings_.clipnorm.has_value() + settings_.clipvalue.has_value() + settings_.global_clipnorm.has_value() > 1) {
    throw ValueError(name() + ": only one of clipnorm, clipvalue and global_clipnorm may be given");
  }
  detail::check_number(name(), "ema_momentum", settings_.ema_momentum, Range::from_0_to_1);
  detail::check_at_least(1, name(), "ema_overwrite_frequency", settings_.ema_overwrite_frequency.value_or(1));
  detail::check_number(name(), "loss_scale_factor", settings_.loss_scale_factor.value_or(1),
                       Range::finite_and_positive);
  detail::check_at_least(2, name(), "gradient_accumulation_steps", settings_.gradient_accumulation_steps.value_or(2));
}

double OptimizerImpl::learning_rate() const {
  return rate_of(name(), *learning_rate_source_, learning_rate_, calls_.item<int64_t>());
}

void OptimizerImpl::set_learning_rate(const LearningRate& learning_rate) {
  if (learning_rate.is_number()) {
    if (learning_rate_is_schedule()) {
      throw ValueError(name() + ": a " + (learning_rate_source_->schedule() ? "schedule" : "function") +
                       " gives the learning rate, so that no number can be set; make the optimizer with a number, or "
                       "set another schedule or function");
    }
    const double number = learning_rate(0);
    detail::check_number(name(), "learning_rate", number, detail::Range::finite_and_positive);
    learning_rate_.fill(number);
  }
  *learning_rate_source_ = learning_rate;
}

LearningRate OptimizerImpl::learning_rate_option() const {
  return learning_rate_is_schedule() ? *learning_rate_source_ : LearningRate(learning_rate());
}

int64_t OptimizerImpl::iterations() const {
  return calls_.item<int64_t>() / settings_.gradient_accumulation_steps.value_or(1);
}

double OptimizerImpl::decay() const { return settings_.weight_decay ? *settings_.weight_decay * learning_rate() : 0; }

const Tensor& OptimizerImpl::rates(std::function<double(double step)> correction) {
  if (!correction) return rates_with({});
  return rates_with([correction = std::move(correction)](double step, double* rates) { rates[0] *= correction(step); });
}

const Tensor& OptimizerImpl::rates_with(std::function<void(double step, double* rates)> change) {
  const auto write = [change = std::move(change), decay = settings_.weight_decay.value_or(0), name = name(),
                      source = learning_rate_source_, rate = learning_rate_, all_calls = calls_,
                      accumulated = settings_.gradient_accumulation_steps](const Tensor& rates) {
    const auto calls = all_calls.item<int64_t>();
    const double learning_rate = rate_of(name, *source, rate, calls);
    auto* to = rates.data<double>();
    const bool updates = !accumulated || is_last_of(*accumulated, calls);
    if (accumulated) to[rates.numel() - 1] = updates ? 1 : 0;
    to[0] = learning_rate;
    to[1] = decay * learning_rate;
    if (change && updates) change(static_cast<double>(calls / accumulated.value_or(1) + 1), to);
  };
  host_callback(write, rates_);
  return rates_;
}

Tensor OptimizerImpl::make_slot(int, const Tensor& variable) const { return zeros_like(variable); }
std::string OptimizerImpl::slot_name(int kind) const { return "slot_" + std::to_string(kind); }

void OptimizerImpl::build(const std::vector<Tensor>& variables) {
  if (variables.empty()) throw ValueError(name() + ": there are no variables to update");
  const auto check_count = [&](std::size_t count, const char* what) {
    if (count == 0 || count == variables.size()) return;
    throw ValueError(name() + ": build: " + std::to_string(count) + " " + what + " were set for " +
                     std::to_string(variables.size()) + " variables");
  };
  check_count(constraints_.size(), "constraints");
  check_count(paths_.size(), "paths");
  if (!exclusion_.var_names.empty() && paths_.empty()) {
    throw ValueError(name() +
                     ": exclude_from_weight_decay was given names, and the variables have none; fit names them, a loop "
                     "of one's own by set_paths, or excludes the variables themselves");
  }
  if (is_capturing()) throw AutogradError(name() + ": call build(variables) before a step is captured");
  const auto zeros_of_all = [&] {
    std::vector<Tensor> result;
    for (const Tensor& variable : variables) result.push_back(zeros_like(variable.detach()));
    return result;
  };
  if (settings_.use_ema) averages_ = zeros_of_all();
  if (settings_.gradient_accumulation_steps) accumulators_ = zeros_of_all();
  slots_.assign(static_cast<std::size_t>(slot_count()), {});
  for (std::size_t kind = 0; kind < slots_.size(); ++kind) {
    for (const Tensor& variable : variables) {
      slots_[kind].push_back(make_slot(static_cast<int>(kind), variable.detach()));
    }
  }
  excluded_.clear();
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto listed = std::any_of(exclusion_.var_list.begin(), exclusion_.var_list.end(),
                                    [&](const Tensor& each) { return each.handle() == variables[i].handle(); });
    const auto named = std::any_of(exclusion_.var_names.begin(), exclusion_.var_names.end(), [&](const auto& each) {
      // The whole path if there is no slash: npos + 1 is 0.
      return paths_[i].find(each, paths_[i].rfind('/') + 1) != std::string::npos;
    });
    if ((listed || named) && excluded_.empty()) excluded_.assign(variables.size(), false);
    if (listed || named) excluded_[i] = true;
  }
  variables_ = variables;
}

std::string OptimizerImpl::name_of(std::size_t variable) const {
  if (paths_.empty()) return variable == 0 ? "variable" : "variable_" + std::to_string(variable);
  std::string result = paths_[variable];
  std::replace(result.begin(), result.end(), '/', '_');
  return result;
}

std::vector<OptimizerVariable> OptimizerImpl::variables() const {
  std::vector<OptimizerVariable> result = {{"iteration", calls_}};
  if (!learning_rate_is_schedule()) result.push_back({"learning_rate", learning_rate_});
  for (std::size_t i = 0; i < averages_.size(); ++i) result.push_back({name_of(i) + "_average", averages_[i]});
  for (std::size_t i = 0; i < accumulators_.size(); ++i) {
    result.push_back({name_of(i) + "_gradient_accumulator", accumulators_[i]});
  }
  const auto add = [&](std::size_t kind, std::size_t i) {
    const std::string suffix = slot_name(static_cast<int>(kind));
    result.push_back({suffix.empty() ? name_of(i) : name_of(i) + "_" + suffix, slots_[kind][i]});
  };
  const std::size_t interleaved = std::min(slots_.size(), static_cast<std::size_t>(interleaved_slots()));
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    for (std::size_t kind = 0; kind < interleaved; ++kind) add(kind, i);
  }
  for (std::size_t kind = interleaved; kind < slots_.size(); ++kind) {
    for (std::size_t i = 0; i < variables_.size(); ++i) add(kind, i);
  }
  return result;
}

void OptimizerImpl::check(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) const {
  if (gradients.size() != variables.size()) {
    throw ValueError(name() + ": apply: " + std::to_string(gradients.size()) + " gradients given for " +
                     std::to_string(variables.size()) + " variables");
  }
  const auto same = [](const Tensor& a, const Tensor& b) { return a.handle() == b.handle(); };
  if (built() && !std::equal(variables.begin(), variables.end(), variables_.begin(), variables_.end(), same)) {
    throw ValueError(name() + ": apply: the variables are not those that the optimizer was built for" + new_optimizer);
  }
  const auto undefined = [](const Tensor& tensor) { return !tensor.defined(); };
  if (std::any_of(variables.begin(), variables.end(), undefined)) {
    throw ValueError(name() + ": apply: a variable is undefined");
  }
  if (!gradients.empty() && std::all_of(gradients.begin(), gradients.end(), undefined)) {
    throw ValueError(name() + ": apply: no variable has a gradient");
  }
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].defined() && gradients[i].shape() != variables[i].shape()) {
      throw ShapeError(name() + ": apply: gradient " + std::to_string(i) + " has shape " + gradients[i].shape().str() +
                       ", its variable " + variables[i].shape().str());
    }
  }
}

void OptimizerImpl::apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) {
  check(gradients, variables);
  const NoGrad no_grad;
  if (!built()) build(variables);
  std::vector<std::size_t> used;
  std::vector<Tensor> defined;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    used.push_back(i);
    defined.push_back(settings_.loss_scale_factor ? gradients[i] / *settings_.loss_scale_factor : gradients[i]);
  }
  if (settings_.gradient_accumulation_steps) {
    accumulate(used, defined);
  } else {
    step(used, std::move(defined));
  }
  if (settings_.use_ema) average();
  constrain();
  host_callback([](const Tensor& calls) { ++*calls.data<int64_t>(); }, calls_);
}

void OptimizerImpl::step(const std::vector<std::size_t>& used, std::vector<Tensor> gradients) {
  undecayed_.clear();
  if (!excluded_.empty()) {
    for (const std::size_t i : used) undecayed_.push_back(excluded_[i]);
  }
  if (used.size() == variables_.size()) return update(variables_, clipped(std::move(gradients)), slots_);
  std::vector<std::vector<Tensor>> used_slots;
  for (const std::vector<Tensor>& kind : slots_) used_slots.push_back(those(used, kind));
  update(those(used, variables_), clipped(std::move(gradients)), used_slots);
}

void OptimizerImpl::accumulate(const std::vector<std::size_t>& used, const std::vector<Tensor>& gradients) {
  const int64_t count = *settings_.gradient_accumulation_steps;
  const std::vector<Tensor> sums = those(used, accumulators_);
  const bool capturing = is_capturing();
  // A captured step does all that the last one of a row does; what is not to change then is told by rates().
  if (capturing && !can_skip()) {
    throw AutogradError(name() + ": an update of one's own cannot be captured with gradient_accumulation_steps");
  }
  // Adds the gradients.
  sgd_update(sums, gradients, {}, {.learning_rate = -1});
  if (!capturing && !is_last_of(count, calls_.item<int64_t>())) return;
  std::vector<Tensor> means;
  means.reserve(sums.size());
  for (const Tensor& sum : sums) means.push_back(sum / static_cast<double>(count));
  step(used, std::move(means));
  for (const Tensor& sum : accumulators_) {
    const auto reset = [count, calls = calls_](const Tensor& to) {
      if (is_last_of(count, calls.item<int64_t>())) to.fill(0);
    };
    host_callback(reset, sum);
  }
}

void OptimizerImpl::average() {
  const int64_t count = settings_.gradient_accumulation_steps.value_or(1);
  const auto write = [momentum = settings_.ema_momentum, count, calls = calls_](const Tensor& rates) {
    const double kept = calls.item<int64_t>() / count == 0 ? 0 : momentum;
    auto* to = rates.data<double>();
    to[0] = kept - 1;
    to[1] = 1 - kept;
  };
  host_callback(write, average_rates_);
  // a = a * kept + (1 - kept) * w, with the variables as gradients.
  sgd_update(averages_, variables_, {}, {.rates = average_rates_});
  if (!settings_.ema_overwrite_frequency) return;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const auto overwrite = [average = averages_[i], frequency = *settings_.ema_overwrite_frequency, count,
                            calls = calls_](const Tensor& variable) {
      if (is_last_of(frequency, calls.item<int64_t>() / count)) variable.assign(average);
    };
    host_callback(overwrite, variables_[i]);
  }
}

Tensor OptimizerImpl::scale_loss(const Tensor& loss) const {
  return settings_.loss_scale_factor ? loss * *settings_.loss_scale_factor : loss;
}

void OptimizerImpl::finalize_variable_values(const std::vector<Tensor>& variables) {
  if (averages_.empty()) return;
  if (variables.size() != averages_.size()) {
    throw ValueError(name() + ": finalize_variable_values: " + std::to_string(variables.size()) +
                     " variables given, the optimizer was built for " + std::to_string(averages_.size()));
  }
  if (calls_.item<int64_t>() == 0) return;
  const NoGrad no_grad;
  for (std::size_t i = 0; i < variables.size(); ++i) variables[i].assign(averages_[i]);
}

void OptimizerImpl::exclude_from_weight_decay(WeightDecayExclusion exclusion) {
  if (built()) {
    throw ValueError(name() +
                     ": exclude_from_weight_decay must be called before the optimizer is built, as it is by "
                     "its first step");
  }
  exclusion_ = std::move(exclusion);
}

void OptimizerImpl::set_paths(std::vector<std::string> paths) {
  check_number_of_variables(name(), built(), paths.size(), variables_.size());
  paths_ = std::move(paths);
}

void OptimizerImpl::set_constraints(std::vector<constraints::Constraint> constraints) {
  check_number_of_variables(name(), built(), constraints.size(), variables_.size());
  constraints_ = std::move(constraints);
}

void OptimizerImpl::constrain() const {
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    if (constraints_[i]) variables_[i].assign(constraints_[i](variables_[i]));
  }
}

std::vector<Tensor> OptimizerImpl::clipped(std::vector<Tensor> gradients) const {
  if (settings_.clipnorm) {
    for (Tensor& gradient : gradients) scale(gradient, scale_to(*settings_.clipnorm, norm(gradient)));
  } else if (settings_.clipvalue) {
    for (Tensor& gradient : gradients) gradient = clip(gradient, -*settings_.clipvalue, *settings_.clipvalue);
  } else if (settings_.global_clipnorm) {
    long double total = 0;
    for (const Tensor& gradient : gradients) total = std::hypot(total, norm(gradient));
    const long double factor = scale_to(*settings_.global_clipnorm, total);
    for (Tensor& gradient : gradients) scale(gradient, factor);
  }
  return gradients;
}

}  // namespace xtape::optimizers
