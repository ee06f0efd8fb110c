#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>
#include <xtape/utils/name_or.hpp>

namespace xtape::optimizers {

/// Changes variables in the direction that lowers a loss. A gradient that is not finite makes all that clipnorm or
/// global_clipnorm would scale with it NaN, so that it shows.
class XTAPE_API Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One step: clips the gradients, decays the weights (w -= w * weight_decay * learning_rate), updates the
  /// variables in place. `gradients[i]` belongs to `variables[i]`; an undefined gradient leaves its variable as
  /// it is. The first call builds the optimizer for these variables; later calls must pass the same ones.
  /// @throws ValueError for another number of gradients, none that is defined, or other variables, ShapeError for a
  /// gradient of another shape than its variable; nothing is changed then. DTypeError for a gradient of another type or
  /// a variable that is not floating, ValueError for one that is not contiguous; no variable is changed then.
  void apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables);
  /// Makes the optimizer's state for these variables. @throws ValueError for an empty list.
  void build(const std::vector<Tensor>& variables);
  bool built() const { return !variables_.empty(); }

  const std::string& name() const { return settings_.name; }
  double learning_rate() const { return settings_.learning_rate; }
  /// @throws ValueError unless it is positive and finite.
  void set_learning_rate(double learning_rate);
  /// Number of steps so far.
  int64_t iterations() const { return iterations_; }
  /// What the optimizer keeps for each variable, by kind (momentums, velocities, ...); empty before it is built.
  const std::vector<std::vector<Tensor>>& slots() const { return slots_; }

  /// The optimizer of that name with its defaults: "sgd", "adam", "adamw", "rmsprop"; class names work too.
  /// @throws ValueError for an unknown name.
  static std::shared_ptr<Optimizer> from_name(const std::string& name);

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
  explicit Optimizer(Settings settings);

  /// How many kinds of slots there are; they start as zeros.
  virtual int slot_count() const = 0;
  /// Updates the variables. `decay` is weight_decay * learning_rate, or 0; iterations() is the number of steps
  /// before this one.
  virtual void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                      const std::vector<std::vector<Tensor>>& slots, double decay) = 0;

 private:
  void check(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) const;
  std::vector<Tensor> clipped(std::vector<Tensor> gradients) const;

  Settings settings_;
  int64_t iterations_ = 0;
  std::vector<Tensor> variables_;
  std::vector<std::vector<Tensor>> slots_;
};

}  // namespace xtape::optimizers
