#include <algorithm>
#include <iterator>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/symbolic_call.hpp>

namespace xtape::layers {

SymbolicCall::SymbolicCall(LayerImpl& layer, Arguments<Symbol> arguments, std::vector<Shape> output_shapes,
                           std::vector<DType> output_dtypes, bool is_copy)
    : layer_(detail::Reference<LayerImpl>::share(&layer)),
      arguments_(std::move(arguments)),
      output_shapes_(std::move(output_shapes)),
      is_copy_(is_copy),
      output_dtypes_(output_dtypes.empty() ? std::vector<DType>(output_shapes_.size(), layer.dtype())
                                           : std::move(output_dtypes)) {}

SymbolicCall::~SymbolicCall() { layer_->forget(*this); }

detail::Reference<const SymbolicCall> SymbolicCall::make(LayerImpl& layer, Arguments<Symbol> arguments,
                                                         std::vector<Shape> output_shapes,
                                                         std::vector<DType> output_dtypes) {
  auto node = detail::Reference<const SymbolicCall>::adopt(
      new SymbolicCall(layer, std::move(arguments), std::move(output_shapes), std::move(output_dtypes), false));
  layer.note(*node);
  return node;
}

detail::Reference<const SymbolicCall> SymbolicCall::copy(const SymbolicCall& call, Arguments<Symbol> arguments) {
  auto node = detail::Reference<const SymbolicCall>::adopt(
      new SymbolicCall(call.layer(), std::move(arguments), call.output_shapes(), call.output_dtypes(), true));
  call.layer().note(*node);
  return node;
}

std::vector<Symbol> SymbolicCall::outputs() const {
  std::vector<Symbol> result;
  const auto self = detail::Reference<const SymbolicCall>::share(this);
  for (std::size_t i = 0; i < output_shapes_.size(); ++i) result.emplace_back(self, i);
  return result;
}

std::vector<Symbol> SymbolicCall::all_inputs() const {
  std::vector<Symbol> result = arguments_.inputs;
  for (const auto& keyword : arguments_.keywords) {
    std::copy_if(keyword.value.begin(), keyword.value.end(), std::back_inserter(result),
                 [](const Symbol& symbol) { return symbol.defined(); });
  }
  return result;
}

// A long chain of calls goes one by one, not each within the one behind it.
void release_last(const SymbolicCall* node) noexcept {
  thread_local std::vector<const SymbolicCall*>* going = nullptr;
  if (going) return going->push_back(node);
  std::vector<const SymbolicCall*> list{node};
  going = &list;
  while (!list.empty()) {
    const SymbolicCall* const last = list.back();
    list.pop_back();
    delete last;
  }
  going = nullptr;
}

}  // namespace xtape::layers
