#pragma once

#include <utility>
#include <vector>
#include <xtape/detail/reference.hpp>
#include <xtape/dtype.hpp>
#include <xtape/layers/arguments.hpp>
#include <xtape/layers/symbol.hpp>

namespace xtape::layers {

class LayerImpl;

/// A call of a layer on symbols. It owns its layer and, by its arguments, the calls before it; a layer knows its calls,
/// and does not own them.
class XTAPE_API SymbolicCall : public detail::Counted {
 public:
  /// `output_shapes`, `output_dtypes`: one for each output; by default the outputs are of the layer's type.
  static detail::Reference<const SymbolicCall> make(LayerImpl& layer, Arguments<Symbol> arguments,
                                                    std::vector<Shape> output_shapes,
                                                    std::vector<DType> output_dtypes = {});
  /// The same call of other symbols of these shapes, as models make that begin behind a layer. `Layer::output()` and
  /// the like do not count it.
  static detail::Reference<const SymbolicCall> copy(const SymbolicCall& call, Arguments<Symbol> arguments);
  ~SymbolicCall();
  SymbolicCall(const SymbolicCall&) = delete;
  SymbolicCall& operator=(const SymbolicCall&) = delete;

  LayerImpl& layer() const noexcept { return *layer_; }
  /// An input has none.
  const Arguments<Symbol>& arguments() const noexcept { return arguments_; }
  const std::vector<Shape>& output_shapes() const noexcept { return output_shapes_; }
  const std::vector<DType>& output_dtypes() const noexcept { return output_dtypes_; }
  bool is_copy() const noexcept { return is_copy_; }
  std::vector<Symbol> outputs() const;
  /// The symbols that the call is given, those with names last, without those that are none.
  std::vector<Symbol> all_inputs() const;

 private:
  friend void release_last(const SymbolicCall* node) noexcept;
  SymbolicCall(LayerImpl& layer, Arguments<Symbol> arguments, std::vector<Shape> output_shapes,
               std::vector<DType> output_dtypes, bool is_copy);

  const detail::Reference<LayerImpl> layer_;
  mutable Arguments<Symbol> arguments_;
  const std::vector<Shape> output_shapes_;
  const bool is_copy_;
  const std::vector<DType> output_dtypes_;
};

XTAPE_API void release_last(const SymbolicCall* node) noexcept;

}  // namespace xtape::layers
