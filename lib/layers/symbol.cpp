#include <xtape/error.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/symbolic_call.hpp>

namespace xtape {

Symbol::Symbol() noexcept = default;
Symbol::Symbol(detail::Reference<const layers::SymbolicCall> node, std::size_t index) noexcept
    : node_(std::move(node)), index_(index) {}
Symbol::Symbol(const Symbol& other) noexcept = default;
Symbol::Symbol(Symbol&& other) noexcept = default;
Symbol& Symbol::operator=(Symbol other) noexcept {
  std::swap(node_, other.node_);
  std::swap(index_, other.index_);
  return *this;
}
Symbol::~Symbol() = default;

const layers::SymbolicCall& Symbol::node() const {
  if (!node_) throw ValueError("the symbol is none");
  return *node_;
}
const Shape& Symbol::shape() const { return node().output_shapes()[index_]; }
DType Symbol::dtype() const { return node().output_dtypes()[index_]; }
const std::string& Symbol::name() const { return node().layer().name(); }

}  // namespace xtape
