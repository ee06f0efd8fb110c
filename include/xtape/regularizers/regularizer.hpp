#pragma once

#include <memory>
#include <string>
#include <xtape/fields.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::regularizers {

/// What a regularizer does. One of one's own derives from it.
class XTAPE_API RegularizerImpl : public Configurable {
 public:
  /// The penalty, a tensor with one element.
  virtual Tensor operator()(const Tensor& weight) const = 0;
  /// For the library's own use: the object of a name.
  static std::shared_ptr<RegularizerImpl> make(const std::string& name);
};

/// A penalty on a weight that is added to the loss: an object, or "l1", "l2", "l1_l2" or "orthogonal_regularizer" (also
/// "L1", "L2", "L1L2", "OrthogonalRegularizer"), each with factors of 0.01.
class XTAPE_API Regularizer : public ObjectHandle<RegularizerImpl> {
 public:
  using ObjectHandle::ObjectHandle;
  /// The penalty, a tensor with one element.
  Tensor operator()(const Tensor& weight) const { return (**this)(weight); }
};

/// Keras's form: `{"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}, ...}`, or null.
/// One of one's own that has a class_name and fields is written with its class_name as the registered name, which
/// deserialize does not know. @throws ValueError for another one of one's own.
XTAPE_API Config serialize(const Regularizer& regularizer);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Regularizer deserialize(const Config& config);
inline Config to_config(const Regularizer& regularizer) { return serialize(regularizer); }
inline void from_config(const Config& config, Regularizer& regularizer) { regularizer = deserialize(config); }

struct L1L2Options {
  double l1 = 0;
  double l2 = 0;

  void fields(Fields& f) { f("l1", l1)("l2", l2); }
};

/// l1 * sum(|w|) + l2 * sum(w^2).
class XTAPE_API L1L2 : public Regularizer {
 public:
  /// @throws ValueError for a factor that is negative or not finite.
  explicit L1L2(L1L2Options options = {});
};

/// l1 * sum(|w|). @throws as L1L2.
class XTAPE_API L1 : public Regularizer {
 public:
  explicit L1(double l1 = 0.01);
};

/// l2 * sum(w^2). @throws as L1L2.
class XTAPE_API L2 : public Regularizer {
 public:
  explicit L2(double l2 = 0.01);
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
  /// @throws ValueError for a factor that is negative or not finite, or an unknown mode. Its use
  /// @throws ShapeError unless the weight is a matrix.
  explicit OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});
};

}  // namespace xtape::regularizers
