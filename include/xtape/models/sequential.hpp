#pragma once

#include <initializer_list>
#include <string>
#include <vector>
#include <xtape/models/model.hpp>

namespace xtape::models {

struct SequentialOptions {
  bool trainable = true;
  std::string name = {};
};

/// Layers one after the other:
/// ```
/// Sequential model{layers::InputLayer({784}), layers::Dense(64, {.activation = "relu"}), layers::Dense(10)};
/// Sequential encoder({layers::Dense(64), layers::Dense(32)}, {.name = "encoder"});
/// ```
/// If the first layer names its `input_shape`, or is an InputLayer, layers are built as they are added; else
/// by the first batch. A list of a single model goes into parentheses, `Sequential outer({inner})`: in braces alone
/// some compilers take it for a copy.
class XTAPE_API Sequential : public Model {
 public:
  explicit Sequential(SequentialOptions options = {});  // refused? see SequentialOptions
  /// @throws as add.
  Sequential(std::initializer_list<layers::Layer> layers, SequentialOptions options = {});
  explicit Sequential(const std::vector<layers::Layer>& layers, SequentialOptions options = {});

  /// Adds a layer at the end. @throws ShapeError if it does not fit the output before it, ValueError for an
  /// InputLayer that is not the first, a name that another layer has or the model itself; the model stays as it was.
  void add(const layers::Layer& layer) const;
  /// Removes the last layer. @throws ValueError if there is none.
  void pop() const;

  /// The model that get_config describes, built if the input is known. @throws ValueError for an unknown option, with
  /// the nearest ones.
  static Sequential from_config(const Config& config);
};

}  // namespace xtape::models

namespace xtape {
using models::Sequential;
}
