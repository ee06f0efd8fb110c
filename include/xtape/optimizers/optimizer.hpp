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
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::optimizers {

/// What an optimizer does. One of one's own derives from it and updates variables in `update`.
class XTAPE_API OptimizerImpl : public Configurable {
 public:
  // The copy would share its numbers.
  OptimizerImpl(const OptimizerImpl&) = delete;
  OptimizerImpl& operator=(const OptimizerImpl&) = delete;

  /// One step: clips the gradients, decays the weights (w -= w * weight_decay * learning_rate), updates the
  /// variables in place, and has them fulfil their constraints. `gradients[i]` belongs to `variables[i]`; an undefined
  /// gradient leaves its variable as it is. The first call builds the optimizer for these variables; later calls must
  /// pass the same ones.
  /// @throws ValueError for another number of gradients, none that is defined, or other variables, ShapeError for a
  /// gradient of another shape than its variable; nothing is changed then. DTypeError for a gradient of another type or
  /// a variable that is not floating, ValueError for one that is not contiguous; no variable is changed then.
  void apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables);
  /// Makes the optimizer's state for these variables. @throws ValueError for an empty list.
  void build(const std::vector<Tensor>& variables);
  bool built() const { return !variables_.empty(); }

  const std::string& name() const { return settings_.name; }
  double learning_rate() const { return learning_rate_.item<double>(); }
  /// @throws ValueError unless it is positive and finite.
  void set_learning_rate(double learning_rate);
  /// Number of steps so far.
  int64_t iterations() const { return iterations_.item<int64_t>(); }
  /// What the optimizer keeps for each variable, by kind (momentums, velocities, ...); empty before it is built.
  const std::vector<std::vector<Tensor>>& slots() const { return slots_; }

  /// Sets what the variables have to fulfil after each step, one each; nothing for those that are free.
  /// @throws ValueError for another number of variables than was, or will be, built for.
  void set_constraints(std::vector<constraints::Constraint> constraints);

  /// For the library's own use: the object of a name.
  static std::shared_ptr<OptimizerImpl> make(const std::string& name);

 protected:
  /// What all optimizers are told at construction.
  struct Settings {
    std::string name;
    double learning_rate;
    std::optional<double> weight_decay;
    std::optional<double> clipnorm;
    std::optional<double> clipvalue;
    std::optional<double> global_clipnorm;
  };
  /// @throws ValueError for a learning rate that is not positive and finite, a decay that is negative or infinite, a
  /// clipping bound that is not positive, or more than one of them.
  explicit OptimizerImpl(Settings settings);
  /// The settings as those options have them.
  template <class Options>
  static Settings settings_of(const Options& options) {
    return {options.name,     options.learning_rate, options.weight_decay,
            options.clipnorm, options.clipvalue,     options.global_clipnorm};
  }
  OptimizerImpl(OptimizerImpl&&) = default;
  OptimizerImpl& operator=(OptimizerImpl&&) = default;

  /// How many kinds of slots there are; they start as zeros.
  virtual int slot_count() const = 0;
  /// Updates the variables; iterations() is the number of steps before this one. learning_rate(), iterations() and
  /// decay() read values: an update that uses them cannot be captured (program.hpp), one that uses rates() can.
  virtual void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                      const std::vector<std::vector<Tensor>>& slots) = 0;

  /// weight_decay * learning_rate, or 0.
  double decay() const;
  /// Learning rate and decay as a tensor, float64 [2], for the `rates` of an update: what they are in each run of a
  /// captured step. `correction`, if given, is a factor of the learning rate in step 1, 2, ...
  const Tensor& rates(std::function<double(double step)> correction = {});

 private:
  void check(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) const;
  std::vector<Tensor> clipped(std::vector<Tensor> gradients) const;
  void constrain() const;

  Settings settings_;
  // Numbers that a captured step reads in each run.
  Tensor learning_rate_, iterations_, rates_;
  std::vector<Tensor> variables_;
  std::vector<std::vector<Tensor>> slots_;
  // None, or one for each variable.
  std::vector<constraints::Constraint> constraints_;
};

/// Changes variables in the direction that lowers a loss. A handle: a copy is the same optimizer. Made of an object, or
/// of a name, with its defaults: "sgd", "adam", "adamw", "rmsprop"; class names work too. A gradient that is not finite
/// makes all that clipnorm or global_clipnorm would scale with it NaN, so that it shows.
/// ```
/// optimizers::Adam adam;
/// model.compile({.optimizer = adam, .loss = "mse"});
/// model.fit(x, y);
/// adam.iterations();
/// ```
/// What its methods do and throw is said at OptimizerImpl.
class XTAPE_API Optimizer : public ObjectHandle<OptimizerImpl> {
 public:
  using ObjectHandle::ObjectHandle;

  void apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) const {
    (**this).apply(gradients, variables);
  }
  void build(const std::vector<Tensor>& variables) const { (**this).build(variables); }
  bool built() const { return (**this).built(); }
  void set_constraints(std::vector<constraints::Constraint> constraints) const {
    (**this).set_constraints(std::move(constraints));
  }
  const std::string& name() const { return (**this).name(); }
  double learning_rate() const { return (**this).learning_rate(); }
  void set_learning_rate(double learning_rate) const { (**this).set_learning_rate(learning_rate); }
  int64_t iterations() const { return (**this).iterations(); }
  const std::vector<std::vector<Tensor>>& slots() const { return (**this).slots(); }
};

/// Keras's form: `{"module": "keras.optimizers", "class_name": "Adam", "config": {...}, "registered_name": null}`, with
/// the learning rate as it is now, or null. @throws ValueError for one of one's own.
XTAPE_API Config serialize(const Optimizer& optimizer);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Optimizer deserialize(const Config& config);
inline Config to_config(const Optimizer& optimizer) { return serialize(optimizer); }
inline void from_config(const Config& config, Optimizer& optimizer) { optimizer = deserialize(config); }

}  // namespace xtape::optimizers
