#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/reference.hpp>
#include <xtape/dtype.hpp>
#include <xtape/export.hpp>
#include <xtape/layers/symbol_operations.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {
class SymbolicCall;
}

namespace xtape {

/// What will be a tensor in a functional model: an input, or an output of a layer that was called on symbols. It knows
/// shape and type, -1 for an unknown length, and no elements.
/// ```
/// const Symbol x = Input({784});
/// const Symbol y = layers::Dense(10)(x);
/// const Model model(x, y);
/// ```
/// Copies are the same symbol. Layers are called on symbols in every form in which they are called on tensors;
/// arithmetic and the usual operations work too (symbol_operations.hpp) and become layers. Symbols of one layer are made and
/// let go by one thread at a time.
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

  /// A symbol has no value: a condition on one belongs into a layer of one's own.
  explicit operator bool() const = delete;
  friend bool operator==(const Symbol& a, const Symbol& b) noexcept {
    return a.node_ == b.node_ && a.index_ == b.index_;
  }

  /// The call that it is an output of, and which.
  const layers::SymbolicCall& node() const;
  std::size_t index() const noexcept { return index_; }

 private:
  detail::Reference<const layers::SymbolicCall> node_;
  std::size_t index_ = 0;
};

/// One symbol, or several in braces or a vector.
class Symbols {
 public:
  Symbols(Symbol one) : all_{std::move(one)} {}
  Symbols(std::initializer_list<Symbol> all) : all_(all) {}
  Symbols(std::vector<Symbol> all) : all_(std::move(all)) {}

  const std::vector<Symbol>& all() const noexcept { return all_; }

 private:
  std::vector<Symbol> all_;
};

}  // namespace xtape
