#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <xtape/detail/names.hpp>
#include <xtape/detail/written_layers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/bidirectional.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/recurrent.hpp"

namespace xtape::layers {
namespace {

const RecurrentImpl& recurrent_of(const Layer& layer) {
  if (const RecurrentImpl* recurrent = as_recurrent(layer)) return *recurrent;
  throw ValueError("Bidirectional: expected a recurrent layer, such as LSTM, given " + layer.class_name());
}

std::string with_prefix(const std::string& prefix, const std::string& name) {
  return name.starts_with(prefix) ? name : prefix + name;
}

void check_merge_mode(const std::optional<std::string>& mode) {
  const std::vector<std::string> known = {"concat", "sum", "mul", "ave"};
  if (!mode || std::find(known.begin(), known.end(), *mode) != known.end()) return;
  detail::throw_unknown_name("merge_mode of Bidirectional", *mode, known);
}

// @throws ValueError, DTypeError unless one is the other's counterpart.
void check_pair(const Layer& forward, const Layer& backward) {
  const RecurrentSettings &one = recurrent_of(forward).settings(), &other = recurrent_of(backward).settings();
  if (one.go_backwards == other.go_backwards) {
    throw ValueError(std::string("Bidirectional: expected layers of different go_backwards, given two of ") +
                     (one.go_backwards ? "true" : "false"));
  }
  const auto check = [](const char* option, bool a, bool b) {
    if (a == b) return;
    throw ValueError(std::string("Bidirectional: expected layers of one ") + option + ", given " +
                     (a ? "true and false" : "false and true"));
  };
  check("return_sequences", one.return_sequences, other.return_sequences);
  check("return_state", one.return_state, other.return_state);
  check("stateful", one.stateful, other.stateful);
  if (forward.dtype() == backward.dtype()) return;
  throw DTypeError("Bidirectional: expected layers of one type, given " + std::string(name(forward.dtype())) + " and " +
                   name(backward.dtype()));
}

class BidirectionalImpl : public LayerImpl {
 public:
  BidirectionalImpl(LayerOptions options, BidirectionalOptions given)
      : LayerImpl(std::move(options)), given_(std::move(given)) {}

  // Once it is made: they are its parts in this order, not in that in which they were made.
  void add(const Layer& forward, const Layer& backward) {
    for (const Layer& layer : {forward, backward}) {
      add_part(layer.impl());
      both_.push_back(layer);
    }
  }

  void fields(Fields& f) override {
    given_.fields(f);
    Config layer = copied_forward(), backward_layer = serialize(backward());
    f("layer", layer)("backward_layer", backward_layer);
  }

  std::optional<std::string> place_of_part(std::size_t part) const override {
    return part == 0 ? "forward_layer" : "backward_layer";
  }

  void build(const Shape& input_shape) override {
    for (const Layer& layer : both_) layer.impl().connect(input_shape);
    compute_output_shape(input_shape);
  }

  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override {
    const bool return_state = settings().return_state || arguments.flag("return_state");
    const Tensor mask = mask_of_steps(mask_of_call(arguments, this->mask()), arguments.inputs[0].shape());
    const Tensor counted = mask_counts(arguments) ? mask : Tensor();
    std::array<std::vector<Tensor>, 2> results;
    auto state = arguments.keyword("initial_state");
    for (std::size_t i = 0; i < 2; ++i) {
      const auto middle = state.begin() + static_cast<std::ptrdiff_t>(state.empty() ? 0 : recurrent(i).state_count());
      results[i] = both_[i].impl().apply_all(
          recurrent_arguments_of(arguments.inputs[0], {state.begin(), middle}, counted, return_state));
      state.erase(state.begin(), middle);
    }
    std::vector<Tensor> all = merged(results[0].front(), results[1].front());
    if (mask.defined() && settings().return_sequences) {
      for (Tensor& output : all) output = with_mask(output, mask);
    }
    if (return_state) {
      for (const auto& result : results) all.insert(all.end(), result.begin() + 1, result.end());
    }
    return all;
  }

  Tensor run_one(const Tensor& x) override {
    if (!given_.merge_mode || settings().return_state || mask().defined()) return LayerImpl::run_one(x);
    const Tensor y = forward().impl().apply_part(x);
    return merged(y, backward().impl().apply_part(x)).front();
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override {
    return settings().return_sequences ? mask : Tensor();
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    return merged_shape(forward().compute_output_shape(input_shape), backward().compute_output_shape(input_shape));
  }

  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override {
    check_call(arguments);
    const Arguments<Symbol> plain{.inputs = arguments.inputs, .settings = arguments.settings};
    const std::vector<Shape> one = forward().impl().compute_output_shapes(plain),
                             other = backward().impl().compute_output_shapes(plain);
    std::vector<Shape> all{merged_shape(one.front(), other.front())};
    if (!given_.merge_mode) all = {one.front(), other.front()};
    for (const auto& shapes : {one, other}) all.insert(all.end(), shapes.begin() + 1, shapes.end());
    return all;
  }

  const Layer& forward() const { return both_[0]; }
  const Layer& backward() const { return both_[1]; }
  const RecurrentSettings& settings() const { return recurrent(0).settings(); }
  bool merges() const { return given_.merge_mode.has_value(); }
  void reset_state() {
    for (std::size_t i = 0; i < 2; ++i) recurrent(i).reset_state();
  }

 protected:
  void check_arguments(const Arguments<Tensor>& arguments) const override { check_call(arguments); }

 private:
  // What reads it copies the layer, which is no other layer's then.
  Config copied_forward() const {
    const WrittenLayers::Pause pause;
    return serialize(forward());
  }

  template <class T>
  void check_call(const Arguments<T>& arguments) const {
    calls::check_inputs(1, arguments.inputs.size());
    const std::vector<T> states = arguments.keyword("initial_state");
    check_initial_state(state_count(), states.size());
    check_mask_argument(arguments);
    if (states.empty()) return;
    const auto middle = states.begin() + static_cast<std::ptrdiff_t>(recurrent(0).state_count());
    const Shape& input_shape = arguments.inputs[0].shape();
    check_initial_of(0, std::vector<T>(states.begin(), middle), input_shape);
    check_initial_of(1, std::vector<T>(middle, states.end()), input_shape);
  }
  template <class T>
  void check_initial_of(std::size_t i, const std::vector<T>& states, const Shape& input_shape) const {
    try {
      recurrent(i).check_initial(states, input_shape);
    } catch (Error& error) {
      error.prepend_path(both_[i].name());
      throw;
    }
  }

  RecurrentImpl& recurrent(std::size_t i) const { return static_cast<RecurrentImpl&>(both_[i].impl()); }
  std::size_t state_count() const { return recurrent(0).state_count() + recurrent(1).state_count(); }

  // Outputs that are merged are zeros where no step counts, whatever the layer does otherwise, as in Keras.
  Arguments<Tensor> recurrent_arguments_of(const Tensor& x, const std::vector<Tensor>& initial_state,
                                           const Tensor& mask, bool return_state) const {
    Arguments<Tensor> own = recurrent_arguments<Tensor>(x, {.initial_state = initial_state, .mask = mask});
    own.settings.push_back({"zero_output_for_mask", settings().return_sequences});
    return with_return_state(std::move(own), !return_state || settings().return_state);
  }

  std::vector<Tensor> merged(const Tensor& y, const Tensor& backward_y) const {
    const Tensor other = settings().return_sequences ? flip(backward_y, 1) : backward_y;
    const std::string_view mode = given_.merge_mode ? std::string_view(*given_.merge_mode) : "";
    if (mode == "concat") return {concatenate({y, other}, -1)};
    if (mode == "sum") return {y + other};
    if (mode == "mul") return {y * other};
    if (mode == "ave") return {(y + other) / 2};
    return {y, other};
  }

  Shape merged_shape(const Shape& shape, const Shape& other) const {
    if (!given_.merge_mode) return shape;
    Shape merged = shape;
    if (*given_.merge_mode == "concat") {
      merged.back() += other.back();
    } else if (shape != other) {
      throw ShapeError("merge_mode \"" + *given_.merge_mode + "\" takes outputs of one shape, the layers return " +
                       shape.str() + " and " + other.str());
    }
    return merged;
  }

  BidirectionalOptions given_;
  // Forward and backward.
  std::vector<Layer> both_;
};

BidirectionalImpl& impl_of(const Bidirectional& layer) { return implementation_of<BidirectionalImpl>(layer); }

// A layer that is held while another one is made would be its part before those that come first.
BidirectionalOptions without_layer(BidirectionalOptions options) {
  options.backward_layer.reset();
  return options;
}

LayerOptions options_of(const Layer& layer, const BidirectionalOptions& given) {
  recurrent_of(layer);
  check_merge_mode(given.merge_mode);
  return {given.name, given.trainable, layer.dtype(), given.input_shape};
}

// The outputs, of which there is one, and the states.
template <class T>
std::pair<T, std::vector<T>> parted(const Bidirectional& layer, const std::vector<T>& all) {
  if (!impl_of(layer).merges()) {
    throw ValueError("has no merge_mode and returns two outputs: take them with call_all({x})", layer.name());
  }
  return first_and_others(all);
}

}  // namespace

void BidirectionalOptions::fields(Fields& f) {
  f("name", name)("trainable", trainable)("merge_mode", merge_mode);
  f.accept("weights", {});
}

Bidirectional::Bidirectional(const Layer& layer, BidirectionalOptions options)
    : Layer(make_layer<BidirectionalImpl>(options_of(layer, options), without_layer(options))) {
  const RecurrentImpl& given = recurrent_of(layer);
  const Layer forward = given.copy(with_prefix("forward_", layer.name()), given.settings().go_backwards);
  const Layer backward =
      options.backward_layer ? *options.backward_layer : given.copy(with_prefix("backward_", layer.name()), true);
  check_pair(forward, backward);
  impl_of(*this).add(forward, backward);
  if (!trainable()) set_trainable(false);
}

Tensor Bidirectional::operator()(const Tensor& x, const RNNArguments<Tensor>& arguments) const {
  if (arguments.initial_state.empty() && !arguments.mask.defined()) {
    return Layer::operator()(x, {arguments.training});
  }
  std::vector<Tensor> all = run(recurrent_arguments(x, arguments));
  check_one(all.size());
  return std::move(all.front());
}

Symbol Bidirectional::operator()(const Symbol& x, const RNNArguments<Symbol>& arguments) const {
  std::vector<Symbol> all = run(recurrent_arguments(x, arguments));
  check_one(all.size());
  return std::move(all.front());
}

std::pair<Tensor, std::vector<Tensor>> Bidirectional::with_state(const Tensor& x,
                                                                 const RNNArguments<Tensor>& arguments) const {
  return parted(*this,
                run(with_return_state(recurrent_arguments(x, arguments), impl_of(*this).settings().return_state)));
}

std::pair<Symbol, std::vector<Symbol>> Bidirectional::with_state(const Symbol& x,
                                                                 const RNNArguments<Symbol>& arguments) const {
  return parted(*this,
                run(with_return_state(recurrent_arguments(x, arguments), impl_of(*this).settings().return_state)));
}

Layer Bidirectional::forward_layer() const { return impl_of(*this).forward(); }
Layer Bidirectional::backward_layer() const { return impl_of(*this).backward(); }
void Bidirectional::reset_state() const { impl_of(*this).reset_state(); }

}  // namespace xtape::layers
