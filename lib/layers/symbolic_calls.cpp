#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/detail/trial_state.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/ops/creation.hpp>

#include "core/fork_safe_mutex.hpp"
#include "layers/call_losses.hpp"
#include "layers/call_types.hpp"
#include "layers/tried_masks.hpp"

// Calls of layers on symbols.
namespace xtape::layers {
namespace {

// Of the calls that layers know.
core::ForkSafeMutex& nodes_mutex() {
  static core::ForkSafeMutex& mutex = *new core::ForkSafeMutex;  // never destroyed, as symbols may go at the end
  return mutex;
}

// With `unknown` samples; other unknown lengths are large enough for pooling and the like to change them.
std::vector<Tensor> zeros_for(const std::vector<Symbol>& symbols, int64_t unknown) {
  std::vector<Tensor> result;
  for (const Symbol& symbol : symbols) {
    if (!symbol.defined()) {
      result.emplace_back();
      continue;
    }
    Shape shape = symbol.shape();
    if (!shape.empty() && shape[0] == -1) shape[0] = unknown;
    std::replace(shape.begin(), shape.end(), int64_t{-1}, 16 * unknown);
    result.push_back(zeros(shape, symbol.dtype()));
  }
  return result;
}

Arguments<Tensor> zeros_for(const Arguments<Symbol>& arguments, int64_t unknown) {
  Arguments<Tensor> result{.inputs = zeros_for(arguments.inputs, unknown)};
  for (const auto& keyword : arguments.keywords) {
    result.keywords.push_back({keyword.name, zeros_for(keyword.value, unknown)});
  }
  result.settings = arguments.settings;
  return result;
}

std::string shapes_text(const std::vector<Symbol>& symbols) {
  std::string text;
  for (const Symbol& symbol : symbols) text += (text.empty() ? "" : ", ") + symbol.shape().str();
  return text;
}

}  // namespace

std::vector<DType> output_dtypes(LayerImpl& layer, const Arguments<Symbol>& arguments, std::size_t outputs) {
  if (auto* const tells = dynamic_cast<TellsOutputTypes*>(&layer)) return tells->output_dtypes(arguments);
  if (dynamic_cast<const KeepsIntegers*>(&layer)) {
    DType together = arguments.inputs.front().dtype();
    for (const Symbol& input : arguments.inputs) together = promote_types(together, input.dtype());
    if (!is_floating(together)) return std::vector<DType>(outputs, together);
  }
  return std::vector<DType>(outputs, layer.dtype());
}

void LayerImpl::note(const SymbolicCall& node) {
  const std::lock_guard lock(nodes_mutex());
  nodes_.push_back(&node);
}

void LayerImpl::forget(const SymbolicCall& node) {
  const std::lock_guard lock(nodes_mutex());
  nodes_.erase(std::find(nodes_.begin(), nodes_.end(), &node));
}

const std::vector<const SymbolicCall*> LayerImpl::nodes() const {
  const std::lock_guard lock(nodes_mutex());
  return nodes_;
}

std::vector<Shape> LayerImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  if (arguments.inputs.size() == 1 && arguments.keywords.empty() && knows_output_shape()) {
    return {compute_output_shape(arguments.inputs[0].shape())};
  }
  return output_shapes_on_zeros(arguments);
}

std::vector<Shape> LayerImpl::output_shapes_on_zeros(const Arguments<Symbol>& arguments) {
  const NoGrad no_grad;
  const NoLosses no_losses;
  const TrialState trial(*this);
  const detail::CallScope call(this, false);
  try {
    const auto on_zeros = [&](int64_t unknown) {
      Arguments<Tensor> zeros = zeros_for(arguments, unknown);
      convert(zeros.inputs);
      return call_with_masks_if_asked(zeros.inputs, [&](const std::vector<Tensor>& inputs) {
        zeros.inputs = inputs;
        return run(zeros);
      });
    };
    const std::vector<Tensor> some = on_zeros(2), more = on_zeros(3);
    if (some.size() != more.size()) {
      throw ShapeError("a call returns " + std::to_string(some.size()) + " tensors for 2 samples, " +
                       std::to_string(more.size()) + " for 3");
    }
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < some.size(); ++i) {
      Shape shape = some[i].shape();
      if (shape.rank() != more[i].rank()) {
        throw ShapeError("a call returns a tensor of shape " + shape.str() + " for 2 samples, of shape " +
                         more[i].shape().str() + " for 3");
      }
      for (int axis = 0; axis < shape.rank(); ++axis) {
        if (shape[axis] != more[i].shape(axis)) shape[axis] = -1;
      }
      shapes.push_back(shape);
    }
    return shapes;
  } catch (ShapeError& error) {
    error.set_message(error.message() + " (tried on zeros for inputs " + shapes_text(arguments.inputs) + ")");
    throw;
  }
}

std::vector<Shape> LayerImpl::output_shapes(const Arguments<Symbol>& arguments) {
  return with_path([&] { return compute_output_shapes(arguments); });
}

std::vector<Symbol> LayerImpl::apply_symbols(const Arguments<Symbol>& arguments) {
  return with_path([&] {
    if (arguments.inputs.empty()) throw ValueError("expected at least 1 symbol, given none");
    std::vector<Shape> shapes = shapes_of_call(arguments);
    std::vector<DType> dtypes = output_dtypes(*this, arguments, shapes.size());
    return SymbolicCall::make(*this, arguments, std::move(shapes), std::move(dtypes))->outputs();
  });
}

std::vector<Shape> LayerImpl::shapes_of_call(const Arguments<Symbol>& arguments) {
  std::vector<Shape> shapes;
  for (const Symbol& input : arguments.inputs) shapes.push_back(input.shape());
  if (!built()) {
    build_once(shapes);
  } else {
    check_inputs(shapes);
  }
  return compute_output_shapes(arguments);
}

std::vector<Shape> LayerImpl::connect(const Arguments<Symbol>& arguments) {
  return with_path([&] { return shapes_of_call(arguments); });
}

Symbol Layer::operator()(const Symbol& x, CallOptions options) const {
  return (*this)(std::vector<Symbol>{x}, options);
}

Symbol Layer::operator()(const std::vector<Symbol>& inputs, CallOptions options) const {
  std::vector<Symbol> all = call_all(inputs, options);
  check_one(all.size());
  return std::move(all.front());
}

std::vector<Symbol> Layer::call_all(const std::vector<Symbol>& inputs, CallOptions options) const {
  return run(Arguments<Symbol>{inputs, {}, {}, options.training});
}

std::vector<Symbol> Layer::run(const Arguments<Symbol>& arguments) const { return impl_->apply_symbols(arguments); }

const SymbolicCall& Layer::symbolic_call(const char* asked, std::size_t node) const {
  std::vector<const SymbolicCall*> nodes = impl_->nodes();
  std::erase_if(nodes, [](const SymbolicCall* each) { return each->is_copy(); });
  if (node < nodes.size()) return *nodes[node];
  throw ValueError(std::string(asked) + ": called on symbols " + std::to_string(nodes.size()) +
                       " times, asked for call " + std::to_string(node),
                   name());
}

namespace {

// An input is its own result.
Symbol input_of(const SymbolicCall& call, const std::string& layer) {
  const std::vector<Symbol> inputs = call.arguments().inputs.empty() ? call.outputs() : call.arguments().inputs;
  if (inputs.size() == 1) return inputs.front();
  throw ValueError("input: took " + std::to_string(inputs.size()) + " symbols", layer);
}

}  // namespace

Symbol Layer::input() const { return input(0); }
Symbol Layer::input(std::size_t node) const { return input_of(symbolic_call("input", node), name()); }

Symbol Layer::output() const { return output(0); }

Symbol Layer::output(std::size_t node) const {
  const std::vector<Symbol> all = symbolic_call("output", node).outputs();
  check_one(all.size());
  return all.front();
}

}  // namespace xtape::layers
