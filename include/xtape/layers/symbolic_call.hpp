#pragma once

#include <utility>
#include <vector>
#include <xtape/detail/reference.hpp>
#include <xtape/layers/arguments.hpp>
#include <xtape/layers/symbol.hpp>

namespace xtape::layers {

class LayerImpl;

/// A call of a layer on symbols. It owns its layer and, by its arguments, the calls before it; a layer knows its calls,
/// and does not own them.
class XTAPE_API SymbolicCall : public detail::Counted {
 public:
  /// `output_shapes`: one for each output.
  static detail::Reference<const SymbolicCall> make(LayerImpl& layer, Arguments<Symbol> arguments,
                                                    std::vector<Shape> output_shapes);
  ~SymbolicCall();
  SymbolicCall(const SymbolicCall&) = delete;
  SymbolicCall& operator=(const SymbolicCall&) = delete;

  LayerImpl& layer() const noexcept { return *layer_; }
  /// An input has none.
  const Arguments<Symbol>& arguments() const noexcept { return arguments_; }
  const std::vector<Shape>& output_shapes() const noexcept { return output_shapes_; }
  std::vector<Symbol> outputs() const;
  /// The symbols that the call is given, those with names last, without those that are none.
  std::vector<Symbol> all_inputs() const;

 private:
  friend void release_last(const SymbolicCall* node) noexcept;
  SymbolicCall(LayerImpl& layer, Arguments<Symbol> arguments, std::vector<Shape> output_shapes);

  const detail::Reference<LayerImpl> layer_;
  mutable Arguments<Symbol> arguments_;
  const std::vector<Shape> output_shapes_;
};

XTAPE_API void release_last(const SymbolicCall* node) noexcept;

}  // namespace xtape::layers
