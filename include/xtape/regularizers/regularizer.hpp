#pragma once

#include <memory>
#include <string>
#include <xtape/fields.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/name_or.hpp>

namespace xtape::regularizers {

/// A penalty on a weight that is added to the loss.
class XTAPE_API Regularizer {
 public:
  virtual ~Regularizer() = default;
  /// The penalty, a tensor with one element.
  virtual Tensor operator()(const Tensor& weight) const = 0;
  /// Lists its options (fields.hpp). By default @throws ValueError.
  virtual void fields(Fields& f);
  /// "l1", "l2", "l1_l2" or "orthogonal_regularizer" (also "L1", "L2", "L1L2", "OrthogonalRegularizer"), each with
  /// factors of 0.01.
  /// @throws ValueError for an unknown name.
  static std::shared_ptr<Regularizer> from_name(const std::string& name);
};

struct L1L2Options {
  double l1 = 0;
  double l2 = 0;

  void fields(Fields& f) { f("l1", l1)("l2", l2); }
};

/// Keras's form: `{"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}, ...}`.
/// @throws ValueError for one of one's own.
XTAPE_API Config to_config(const NameOr<Regularizer>& regularizer);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API void from_config(const Config& config, NameOr<Regularizer>& regularizer);

/// l1 * sum(|w|) + l2 * sum(w^2).
class XTAPE_API L1L2 : public Regularizer {
 public:
  /// @throws ValueError for a factor that is negative or not finite.
  explicit L1L2(L1L2Options options = {});
  Tensor operator()(const Tensor& weight) const override;
  void fields(Fields& f) override { options_.fields(f); }

 protected:
  L1L2Options options_;
};

/// l1 * sum(|w|). @throws as L1L2.
class XTAPE_API L1 : public L1L2 {
 public:
  explicit L1(double l1 = 0.01) : L1L2({.l1 = l1}) {}
  void fields(Fields& f) override { f("l1", options_.l1); }
};

/// l2 * sum(w^2). @throws as L1L2.
class XTAPE_API L2 : public L1L2 {
 public:
  explicit L2(double l2 = 0.01) : L1L2({.l2 = l2}) {}
  void fields(Fields& f) override { f("l2", options_.l2); }
};

struct OrthogonalRegularizerOptions {
  double factor = 0.01;
  /// "rows" or "columns".
  std::string mode = "rows";

  void fields(Fields& f) { f("factor", factor)("mode", mode); }
};

/// factor times the mean of |cos| over all pairs of rows, or columns, of a matrix; 0 where there is no pair.
class XTAPE_API OrthogonalRegularizer : public Regularizer {
 public:
  /// @throws ValueError for a factor that is negative or not finite, or an unknown mode.
  explicit OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});
  /// @throws ShapeError unless the weight is a matrix.
  Tensor operator()(const Tensor& weight) const override;
  void fields(Fields& f) override { options_.fields(f); }

 private:
  OrthogonalRegularizerOptions options_;
};

}  // namespace xtape::regularizers
