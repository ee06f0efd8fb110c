#pragma once

#include <cstdint>
#include <functional>
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
  // A copy would train, and the program's own optimizer would stay at 0 iterations.
  Optimizer(const Optimizer&) = delete;  // std::move it, or hold it in a std::shared_ptr: compile takes both
  Optimizer& operator=(const Optimizer&) = delete;

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
  double learning_rate() const { return learning_rate_.item<double>(); }
  /// @throws ValueError unless it is positive and finite.
  void set_learning_rate(double learning_rate);
  /// Number of steps so far.
  int64_t iterations() const { return iterations_.item<int64_t>(); }
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
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;

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

  Settings settings_;
  // Numbers that a captured step reads in each run.
  Tensor learning_rate_, iterations_, rates_;
  std::vector<Tensor> variables_;
  std::vector<std::vector<Tensor>> slots_;
};

}  // namespace xtape::optimizers
