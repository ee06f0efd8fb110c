#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/constraints/constraint.hpp>
#include <xtape/fields.hpp>
#include <xtape/optimizers/learning_rate.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::optimizers {

/// Variables without decay of weights, by themselves or by names.
struct WeightDecayExclusion {
  std::vector<Tensor> var_list = {};
  /// Texts of which one occurs in the name of a variable, as "bias" does: the last part of its path.
  std::vector<std::string> var_names = {};
};

/// A tensor that an optimizer keeps, by Keras's name: "kernel_momentum".
struct OptimizerVariable {
  std::string name;
  /// The optimizer's own: changing it in place changes the optimizer.
  Tensor value;
};

/// What an optimizer does. One of one's own derives from it and updates variables in `update`.
class XTAPE_API OptimizerImpl : public Configurable {
 public:
  // The copy would share its numbers.
  OptimizerImpl(const OptimizerImpl&) = delete;
  OptimizerImpl& operator=(const OptimizerImpl&) = delete;

  /// One step: divides the gradients by the loss scale, accumulates them, clips them, decays the weights (w -= w *
  /// weight_decay * learning_rate), updates the variables in place, takes their moving averages, and has them fulfil
  /// their constraints. `gradients[i]` belongs to `variables[i]`; an undefined gradient leaves its variable as it is.
  /// The first call builds the optimizer for these variables; later calls must pass the same ones.
  /// @throws ValueError for another number of gradients, none that is defined, other variables, or a learning rate of a
  /// schedule or function that is negative or not finite, ShapeError for a gradient of another shape than its variable;
  /// nothing is changed then. DTypeError for a gradient of another type or a variable that is not floating, ValueError
  /// for one that is not contiguous; no variable is changed then.
  virtual void apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables);
  /// Makes the optimizer's state for these variables. @throws ValueError for an empty list, and where weights are
  /// excluded from decay by name and have none.
  virtual void build(const std::vector<Tensor>& variables);
  bool built() const { return !variables_.empty(); }
  /// The variables that it was built for; empty before.
  const std::vector<Tensor>& built_for() const { return variables_; }

  const std::string& name() const { return settings_.name; }
  /// That of the next step.
  virtual double learning_rate() const;
  /// A number, a schedule or a function. @throws ValueError for a number that is not positive and finite, or where a
  /// schedule or function is set.
  virtual void set_learning_rate(const LearningRate& learning_rate);
  /// Whether a schedule or a function gives the learning rate, so that no number can be set.
  virtual bool learning_rate_is_schedule() const { return !learning_rate_source_->is_number(); }
  /// Number of updates so far: of steps, by gradient_accumulation_steps if given.
  virtual int64_t iterations() const;
  /// What the optimizer keeps for each variable, by kind (momentums, velocities, ...); empty before it is built.
  virtual const std::vector<std::vector<Tensor>>& slots() const { return slots_; }
  /// The moving averages of the variables with use_ema; empty without, and before it is built.
  virtual const std::vector<Tensor>& averages() const { return averages_; }
  /// All that it keeps, in Keras's order: "iteration", "learning_rate" if that is a number, averages, accumulated
  /// gradients, slots. The number in "iteration" counts calls of `apply`.
  virtual std::vector<OptimizerVariable> variables() const;

  /// The loss of which gradients are to be taken: times loss_scale_factor if given. `fit` asks for it.
  virtual Tensor scale_loss(const Tensor& loss) const;
  /// With use_ema, sets the variables to their moving averages, as `fit` does at its end; nothing without, or before a
  /// step was taken. @throws ValueError for another number of variables than it was built for.
  virtual void finalize_variable_values(const std::vector<Tensor>& variables);
  /// Has these variables keep their weights where others decay, instead of those excluded before. @throws ValueError if
  /// the optimizer is built.
  virtual void exclude_from_weight_decay(WeightDecayExclusion exclusion);

  /// Sets what the variables have to fulfil after each step, one each; nothing for those that are free.
  /// @throws ValueError for another number of variables than was, or will be, built for.
  virtual void set_constraints(std::vector<constraints::Constraint> constraints);
  /// Sets what the variables are called, "sequential/dense/kernel", one each, for exclude_from_weight_decay and
  /// variables(). `fit` does. @throws ValueError for another number of variables than was, or will be, built for.
  virtual void set_paths(std::vector<std::string> paths);

  /// For the library's own use: the object of a name.
  static std::shared_ptr<OptimizerImpl> make(const std::string& name);

 protected:
  /// What all optimizers are told at construction.
  struct Settings {
    std::string name;
    LearningRate learning_rate;
    std::optional<double> weight_decay = std::nullopt;
    std::optional<double> clipnorm = std::nullopt;
    std::optional<double> clipvalue = std::nullopt;
    std::optional<double> global_clipnorm = std::nullopt;
    bool use_ema = false;
    double ema_momentum = 0.99;
    std::optional<int64_t> ema_overwrite_frequency = std::nullopt;
    std::optional<double> loss_scale_factor = std::nullopt;
    std::optional<int64_t> gradient_accumulation_steps = std::nullopt;
  };
  /// `more_rates` numbers stand behind the two in rates(). @throws ValueError for a learning rate that is not positive
  /// and finite, a decay that is negative or infinite, a clipping bound that is not positive, or more than one of them,
  /// an ema_momentum outside [0, 1], an ema_overwrite_frequency below 1, a loss scale that is not positive and finite,
  /// and gradient_accumulation_steps below 2.
  explicit OptimizerImpl(Settings settings, int64_t more_rates = 0);
  /// The settings as those options have them.
  template <class Options>
  static Settings settings_of(const Options& options) {
    return {options.name,
            options.learning_rate,
            options.weight_decay,
            options.clipnorm,
            options.clipvalue,
            options.global_clipnorm,
            options.use_ema,
            options.ema_momentum,
            options.ema_overwrite_frequency,
            options.loss_scale_factor,
            options.gradient_accumulation_steps};
  }
  OptimizerImpl(OptimizerImpl&&) = default;
  OptimizerImpl& operator=(OptimizerImpl&&) = default;

  /// How many kinds of slots there are.
  virtual int slot_count() const = 0;
  /// How a slot of that kind starts: by default as zeros like the variable, which has no gradient here.
  virtual Tensor make_slot(int kind, const Tensor& variable) const;
  /// What variables() puts behind the variable's name, "momentum"; by default "slot_0". Empty for nothing.
  virtual std::string slot_name(int kind) const;
  /// How many kinds, from the first one on, variables() lists variable by variable; those behind go kind by kind.
  virtual int interleaved_slots() const { return slot_count(); }
  /// Whether update() changes nothing where the last of rates() is 0. Accumulated gradients can be captured then.
  virtual bool can_skip() const { return false; }
  /// Updates the variables; iterations() is the number of updates before this one. learning_rate(), iterations() and
  /// decay() read values: an update that uses them cannot be captured (program.hpp), one that uses rates() can.
  virtual void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                      const std::vector<std::vector<Tensor>>& slots) = 0;

  /// weight_decay * learning_rate, or 0.
  double decay() const;
  /// For each variable of this update, whether it is excluded from decay; empty if none is.
  const std::vector<bool>& undecayed() const { return undecayed_; }
  /// Learning rate and decay as a tensor, float64 [2], for the `rates` of an update: what they are in each run of a
  /// captured step. `correction`, if given, is a factor of the learning rate in step 1, 2, ... Behind them stands, with
  /// gradient_accumulation_steps, whether variables are updated, as 1 or 0.
  const Tensor& rates(std::function<double(double step)> correction = {});
  /// The same where `change(step, rates)` sets the numbers behind the first two, and changes those if it likes.
  const Tensor& rates_with(std::function<void(double step, double* rates)> change);
  /// The option `learning_rate` as it is now.
  LearningRate learning_rate_option() const;

 private:
  void check(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) const;
  std::vector<Tensor> clipped(std::vector<Tensor> gradients) const;
  // Of the variables with these numbers.
  void step(const std::vector<std::size_t>& used, std::vector<Tensor> gradients);
  void accumulate(const std::vector<std::size_t>& used, const std::vector<Tensor>& gradients);
  void average();
  void constrain() const;
  std::string name_of(std::size_t variable) const;

  Settings settings_;
  // Those of now, which captured steps follow.
  std::shared_ptr<LearningRate> learning_rate_source_;
  // Numbers that a captured step reads in each run. Calls of apply are counted.
  Tensor learning_rate_, calls_, rates_, average_rates_;
  std::vector<Tensor> variables_, averages_, accumulators_;
  std::vector<std::vector<Tensor>> slots_;
  // None, or one for each variable.
  std::vector<constraints::Constraint> constraints_;
  std::vector<std::string> paths_;
  WeightDecayExclusion exclusion_;
  // For each variable, or empty if none is excluded; and for those of this update.
  std::vector<bool> excluded_, undecayed_;
};

/// Changes variables in the direction that lowers a loss. A handle: a copy is the same optimizer. Made of an object, or
/// of a name, with its defaults: "sgd", "adam", "adamw", "rmsprop", "nadam", "adamax", "adagrad", "adadelta", "lion",
/// "ftrl", "lamb", "adafactor"; class names work too. A gradient that is not finite
/// makes all that clipnorm or global_clipnorm would scale with it NaN, so that it shows.
/// ```
/// optimizers::Adam adam({.learning_rate = optimizers::schedules::CosineDecay(0.001, 10000)});
/// model.compile({.optimizer = adam, .loss = "mse"});
/// model.fit(x, y);
/// adam.iterations();
/// ```
/// Options that all have:
/// - `learning_rate`: a number, a schedule or a function (learning_rate.hpp);
/// - `weight_decay`: w -= w * weight_decay * learning_rate before each update;
/// - `clipnorm`, `clipvalue`, `global_clipnorm`, of which one may be given;
/// - `use_ema`: moving averages of the variables, a = ema_momentum * a + (1 - ema_momentum) * w, which start at the
///   first step's; `fit` sets the variables to them at its end, and each `ema_overwrite_frequency` steps if given;
/// - `loss_scale_factor`: what scale_loss multiplies by, and gradients are divided by;
/// - `gradient_accumulation_steps`: variables are updated in each n-th step, by the mean of its n gradients. Schedules
///   count steps, all else counts updates.
/// What its methods do and throw is said at OptimizerImpl.
class XTAPE_API Optimizer : public ObjectHandle<OptimizerImpl> {
 public:
  using ObjectHandle::ObjectHandle;

  void apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) const {
    (**this).apply(gradients, variables);
  }
  void build(const std::vector<Tensor>& variables) const { (**this).build(variables); }
  bool built() const { return (**this).built(); }
  const std::vector<Tensor>& built_for() const { return (**this).built_for(); }
  void set_constraints(std::vector<constraints::Constraint> constraints) const {
    (**this).set_constraints(std::move(constraints));
  }
  void set_paths(std::vector<std::string> paths) const { (**this).set_paths(std::move(paths)); }
  const std::string& name() const { return (**this).name(); }
  double learning_rate() const { return (**this).learning_rate(); }
  void set_learning_rate(const LearningRate& learning_rate) const { (**this).set_learning_rate(learning_rate); }
  bool learning_rate_is_schedule() const { return (**this).learning_rate_is_schedule(); }
  int64_t iterations() const { return (**this).iterations(); }
  const std::vector<std::vector<Tensor>>& slots() const { return (**this).slots(); }
  const std::vector<Tensor>& averages() const { return (**this).averages(); }
  std::vector<OptimizerVariable> variables() const { return (**this).variables(); }
  Tensor scale_loss(const Tensor& loss) const { return (**this).scale_loss(loss); }
  void finalize_variable_values(const std::vector<Tensor>& variables) const {
    (**this).finalize_variable_values(variables);
  }
  void exclude_from_weight_decay(WeightDecayExclusion exclusion) const {
    (**this).exclude_from_weight_decay(std::move(exclusion));
  }
};

/// Keras's form: `{"module": "keras.optimizers", "class_name": "Adam", "config": {...}, "registered_name": null}`, with
/// the learning rate as it is now, or null. One of one's own that has a class_name and fields is written with its
/// class_name as the registered name, which deserialize does not know. @throws ValueError for another one of one's own.
XTAPE_API Config serialize(const Optimizer& optimizer);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Optimizer deserialize(const Config& config);
inline Config to_config(const Optimizer& optimizer) { return serialize(optimizer); }
inline void from_config(const Config& config, Optimizer& optimizer) { optimizer = deserialize(config); }

}  // namespace xtape::optimizers
