#pragma once

#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

// For the library's own files.
namespace xtape::layers {

/// What a layer derives from, beside LayerImpl, that goes on from call to call with tensors which are no weights: a
/// training that goes on from a file needs them.
class XTAPE_API KeepsStates {
 public:
  virtual ~KeepsStates();
  /// Those that the next call begins with; none if it begins anew.
  virtual const std::vector<Tensor>& kept_states() const = 0;
  /// Whether they could be such states; none are. @throws ValueError, ShapeError, DTypeError saying why not.
  virtual void check_kept(const std::vector<Tensor>& states) const = 0;
  /// Takes copies of states that check_kept lets pass.
  virtual void set_kept_states(const std::vector<Tensor>& states) = 0;
};

}  // namespace xtape::layers
