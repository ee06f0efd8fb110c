#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/named.hpp>
#include <xtape/detail/reference.hpp>
#include <xtape/dtype.hpp>
#include <xtape/export.hpp>
#include <xtape/layers/symbol_operations.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {
class SymbolicCall;
}

namespace xtape {

class Index;
class Position;
struct Slice;

/// What will be a tensor in a functional model: an input, or an output of a layer that was called on symbols. It knows
/// shape and type, -1 for an unknown length, and no elements.
/// ```
/// const Symbol x = Input({784});
/// const Symbol y = layers::Dense(10)(x);
/// const Model model(x, y);
/// ```
/// Copies are the same symbol. Layers are called on symbols in every form in which they are called on tensors;
/// arithmetic, comparisons, indices and the usual operations work too (symbol_operations.hpp) and become layers.
/// Symbols of one layer are made and let go by one thread at a time.
class XTAPE_API Symbol : private SymbolOperations {
 public:
  /// None.
  Symbol() noexcept;
  /// For the library's own use.
  Symbol(detail::Reference<const layers::SymbolicCall> node, std::size_t index) noexcept;
  Symbol(const Symbol& other) noexcept;
  Symbol(Symbol&& other) noexcept;
  Symbol& operator=(Symbol other) noexcept;
  ~Symbol();

  bool defined() const noexcept { return static_cast<bool>(node_); }
  /// @throws ValueError, in these, for none.
  const Shape& shape() const;
  DType dtype() const;
  /// That of its layer.
  const std::string& name() const;
  int rank() const { return shape().rank(); }

  /// The same of the tensor that it will be: `x[0]`, `x[{Slice{}, -1}]`, as those of Tensor. What these take of an axis
  /// of unknown length is not known to be there until the model is called.
  /// @throws IndexError for more indices than dimensions, and for a position out of range of a known length.
  Symbol operator[](Position index) const;
  Symbol operator[](std::initializer_list<Index> indices) const;
  Symbol slice(Axis axis, const Slice& range) const;
  Symbol select(Axis axis, Position index) const;
  Symbol astype(DType dtype) const;

  /// A symbol has no value: a condition on one belongs into a layer of one's own. `x == y` is a symbol too.
  explicit operator bool() const = delete;
  /// Whether both are the same symbol.
  bool is(const Symbol& other) const noexcept { return node_ == other.node_ && index_ == other.index_; }

  /// The call that it is an output of, and which.
  const layers::SymbolicCall& node() const;
  std::size_t index() const noexcept { return index_; }

 private:
  detail::Reference<const layers::SymbolicCall> node_;
  std::size_t index_ = 0;
};

/// One symbol, or several in braces or a vector, or by name: `{{"title", title}, {"tags", tags}}`, Keras's dict.
class Symbols {
 public:
  Symbols(Symbol one) : all_{std::move(one)} {}
  Symbols(std::initializer_list<Symbol> all) : all_(all) {}
  Symbols(std::vector<Symbol> all) : all_(std::move(all)) {}
  Symbols(std::initializer_list<detail::Named<Symbol>> all) : Symbols(std::vector<detail::Named<Symbol>>(all)) {}
  Symbols(const std::vector<detail::Named<Symbol>>& all) {
    for (const auto& [name, symbol] : all) {
      names_.push_back(name);
      all_.push_back(symbol);
    }
  }

  const std::vector<Symbol>& all() const noexcept { return all_; }
  /// One for each symbol; empty if they are given by position.
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<Symbol> all_;
  std::vector<std::string> names_;
};

}  // namespace xtape
