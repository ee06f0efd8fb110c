#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

// Recurrent networks, one step at a time from Keras's definitions.
namespace xtape::test {
namespace {

// x, kernel, recurrent_kernel, bias and initial states as the operations take them, undefined where left out.
Tensors with_gaps(Tensors given, bool with_bias, std::size_t count) {
  if (!with_bias) given.insert(given.begin() + 3, Tensor());
  given.resize(count);
  return given;
}

// Samples of those without gaps. `biases` is the shape of the bias but for the gates.
Tensors recurrent_inputs(const Shape& shape, int64_t units, int64_t gates, const Shape& biases, bool with_bias,
                         int64_t states) {
  Tensors inputs{sample(shape, {}, 1), sample({shape[2], gates * units}, {-1, 1}, 2),
                 sample({units, gates * units}, {-1, 1}, 3)};
  Shape bias = biases;
  bias.push_back(gates * units);
  if (with_bias) inputs.push_back(sample(bias, {-1, 1}, 4));
  for (int64_t i = 0; i < states; ++i) inputs.push_back(sample({shape[0], units}, {-1, 1}, 5 + i));
  return inputs;
}

// Smooth functions that are not the default ones.
Tensor other_activation(const Tensor& x) { return sin(x); }
Tensor other_gate(const Tensor& x) { return 0.5 + 0.4 * tanh(x); }

Tensor state_of(const Tensor& initial, const Tensor& x, const Tensor& recurrent_kernel) {
  return initial.defined() ? initial : zeros({x.shape(0), recurrent_kernel.shape(0)}, x.dtype());
}

// The outputs and the last states of a recurrence, whose step gives new states, the first of which is the output.
template <class Options>
Tensors run(const Tensor& given, Tensors states, const Options& options,
            const std::function<Tensors(const Tensor&, const Tensors&)>& step) {
  Tensors outputs;
  for (int64_t i = 0; i < given.shape(1); ++i) {
    const int64_t t = options.go_backwards ? given.shape(1) - 1 - i : i;
    Tensors next = step(given.select(1, t), states);
    Tensor output = next[0];
    if (options.mask.defined()) {
      const Tensor counts = (options.mask.select(1, t) != 0).expand_dims(1);
      const Tensor before = outputs.empty() || options.zero_output_for_mask ? zeros_like(output) : outputs.back();
      output = where(counts, output, before);
      for (std::size_t j = 0; j < next.size(); ++j) next[j] = where(counts, next[j], states[j]);
    }
    outputs.push_back(output);
    states = next;
  }
  states.insert(states.begin(), stack(outputs, 1));
  return states;
}

template <class Options>
Tensor dropped(const Tensor& hidden, const Options& options) {
  return options.recurrent_dropout_mask.defined() ? hidden * options.recurrent_dropout_mask : hidden;
}

Tensors lstm_steps(const Tensors& in, const LstmOptions& options) {
  const auto activate = [&](const Tensor& t) { return options.activation ? options.activation(t) : tanh(t); };
  const auto gate = [&](const Tensor& t) {
    return options.recurrent_activation ? options.recurrent_activation(t) : sigmoid(t);
  };
  return run(in[0], {state_of(in[4], in[0], in[2]), state_of(in[5], in[0], in[2])}, options,
             [&](const Tensor& x, const Tensors& states) -> Tensors {
               Tensor z = matmul(x, in[1]) + matmul(dropped(states[0], options), in[2]);
               if (in[3].defined()) z = z + in[3];
               const Tensors gates = split(z, int64_t{4}, -1);
               const Tensor c = gate(gates[1]) * states[1] + gate(gates[0]) * activate(gates[2]);
               return {gate(gates[3]) * activate(c), c};
             });
}

// What is told about steps, with the mask as the last input.
struct Masking {
  const char* description;
  std::vector<std::vector<int>> mask;
  bool zero_output_for_mask = false;
  bool go_backwards = false;
  bool dropout = false;
};

const std::vector<Masking> maskings = {
    {"right-padded mask", {{1, 1, 0}, {1, 0, 0}, {1, 1, 1}}},
    {"mask with gaps", {{0, 1, 0}, {1, 0, 1}, {0, 0, 0}}},
    {"mask with gaps, zeros", {{0, 1, 0}, {1, 0, 1}, {0, 0, 0}}, true},
    {"mask and backwards", {{0, 0, 1}, {1, 1, 1}, {0, 1, 1}}, false, true},
    {"recurrent dropout", {}, false, false, true},
    {"mask and recurrent dropout", {{1, 1, 0}, {1, 1, 1}, {0, 1, 1}}, false, true, true},
};

Tensor mask_of(const Masking& masking) {
  std::vector<int64_t> values;
  for (const std::vector<int>& row : masking.mask) values.insert(values.end(), row.begin(), row.end());
  return from_data(values.data(), {3, 3}).astype(bool_);
}

// Samples of an operation with such options: call(inputs, options) -> outputs and states.
template <class Options, class Call, class Reference>
void add_masked(OpCase& to, int64_t gates, const Shape& biases, std::size_t states, const Call& call,
                const Reference& reference) {
  for (const Masking& masking : maskings) {
    Tensors inputs = recurrent_inputs({3, 3, 2}, 2, gates, biases, true, static_cast<int64_t>(states));
    const std::size_t count = inputs.size();
    if (!masking.mask.empty()) inputs.push_back(mask_of(masking));
    const auto options_of = [=](const Tensors& given) {
      Options options;
      if (given.size() > count) options.mask = given[count];
      options.zero_output_for_mask = masking.zero_output_for_mask;
      options.go_backwards = masking.go_backwards;
      if (masking.dropout) {
        options.recurrent_dropout_mask = tensor({{0.0, 2.0}, {2.0, 0.0}, {2.0, 2.0}}, given[0].dtype());
      }
      return options;
    };
    to.samples.push_back({masking.description,
                          [=](const Tensors& given) -> Tensors { return call(given, options_of(given)); }, inputs,
                          [=](const Tensors& given) -> Tensors { return reference(given, options_of(given)); }});
  }
}

OpCase lstm_row() {
  OpCase result{"lstm", {}};
  auto add = [&](const std::string& description, const Shape& shape, int64_t units, bool with_bias, bool with_state,
                 const LstmOptions& options = {}) {
    result.samples.push_back(
        {description,
         [=](const Tensors& given) -> Tensors {
           const Tensors x = with_gaps(given, with_bias, 6);
           const LstmResult all = lstm(x[0], x[1], x[2], x[3], x[4], x[5], options);
           return {all.outputs, all.hidden, all.cell};
         },
         recurrent_inputs(shape, units, 4, {}, with_bias, with_state ? 2 : 0),
         [=](const Tensors& given) -> Tensors { return lstm_steps(with_gaps(given, with_bias, 6), options); }});
  };
  add("with bias", {2, 3, 2}, 2, true, false);
  add("without bias", {1, 2, 3}, 2, false, false);
  add("with initial state", {2, 2, 1}, 2, true, true);
  add("one step", {3, 1, 2}, 1, false, true);
  add("other functions", {2, 3, 2}, 2, true, true,
      {.activation = other_activation, .recurrent_activation = other_gate});
  add("large", {33, 5, 19}, 67, true, true);
  result.samples.back().gradcheck = false;
  add_masked<LstmOptions>(
      result, 4, {}, 2,
      [](const Tensors& x, const LstmOptions& options) -> Tensors {
        const LstmResult all = lstm(x[0], x[1], x[2], x[3], x[4], x[5], options);
        return {all.outputs, all.hidden, all.cell};
      },
      lstm_steps);
  return result;
}

Tensors gru_steps(const Tensors& in, const GruOptions& options) {
  const auto activate = [&](const Tensor& t) { return options.activation ? options.activation(t) : tanh(t); };
  const auto gate = [&](const Tensor& t) {
    return options.recurrent_activation ? options.recurrent_activation(t) : sigmoid(t);
  };
  const int64_t units = in[2].shape(0);
  // Gate `index` of x W + b, or of a hidden state's product.
  const auto product = [&](const Tensor& from, const Tensor& kernel, int index, bool recurrent) {
    const Slice part{index * units, (index + 1) * units};
    const Tensor y = matmul(from, kernel.slice(1, part));
    if (!in[3].defined() || (recurrent && !options.reset_after)) return y;
    return y + (options.reset_after ? in[3].select(0, recurrent ? 1 : 0) : in[3]).slice(0, part);
  };
  return run(in[0], {state_of(in[4], in[0], in[2])}, options, [&](const Tensor& x, const Tensors& states) -> Tensors {
    const Tensor h = dropped(states[0], options);
    const Tensor z = gate(product(x, in[1], 0, false) + product(h, in[2], 0, true));
    const Tensor r = gate(product(x, in[1], 1, false) + product(h, in[2], 1, true));
    const Tensor reset = options.reset_after ? r * product(h, in[2], 2, true) : product(r * h, in[2], 2, true);
    return {z * states[0] + (1 - z) * activate(product(x, in[1], 2, false) + reset)};
  });
}

OpCase gru_row() {
  OpCase result{"gru", {}};
  auto add = [&](const std::string& description, const Shape& shape, int64_t units, bool with_bias, bool with_state,
                 const GruOptions& options = {}) {
    const Shape biases = options.reset_after ? Shape{2} : Shape{};
    result.samples.push_back(
        {description,
         [=](const Tensors& given) -> Tensors {
           const Tensors x = with_gaps(given, with_bias, 5);
           const GruResult all = gru(x[0], x[1], x[2], x[3], x[4], options);
           return {all.outputs, all.hidden};
         },
         recurrent_inputs(shape, units, 3, biases, with_bias, with_state ? 1 : 0),
         [=](const Tensors& given) -> Tensors { return gru_steps(with_gaps(given, with_bias, 5), options); }});
  };
  add("with bias", {2, 3, 2}, 2, true, false);
  add("without bias", {1, 2, 3}, 2, false, false);
  add("with initial state", {2, 2, 1}, 2, true, true);
  add("one step", {3, 1, 2}, 1, false, true);
  const GruOptions before{.reset_after = false};
  add("reset before the product", {2, 3, 2}, 2, true, true, before);
  add("reset before the product, without bias", {1, 2, 3}, 2, false, false, before);
  add("other functions", {2, 3, 2}, 2, true, true,
      {.activation = other_activation, .recurrent_activation = other_gate});
  add("large", {33, 5, 19}, 67, true, true);
  result.samples.back().gradcheck = false;

  // No operand is dense.
  const auto flipped = [](const Tensors& x) -> Tensors {
    return {x[0].transpose(0, 1), x[1].transpose(), x[2].transpose(), x[3].transpose(), x[4].transpose()};
  };
  result.samples.push_back(
      {"views",
       [=](const Tensors& given) -> Tensors {
         const Tensors x = flipped(given);
         return {gru(x[0], x[1], x[2], x[3], x[4]).outputs.slice(1, {.step = -1})};
       },
       {sample({3, 2, 2}, {}, 1), sample({6, 2}, {}, 2), sample({6, 2}, {}, 3), sample({6, 2}, {}, 4),
        sample({2, 2}, {}, 5)},
       [=](const Tensors& given) -> Tensors { return {gru_steps(flipped(given), {})[0].slice(1, {.step = -1})}; }});
  const auto masked = [](const Tensors& x, const GruOptions& options) -> Tensors {
    const GruResult all = gru(x[0], x[1], x[2], x[3], x[4], options);
    return {all.outputs, all.hidden};
  };
  add_masked<GruOptions>(result, 3, {2}, 1, masked, gru_steps);
  return result;
}

Tensors simple_rnn_steps(const Tensors& in, const SimpleRnnOptions& options) {
  return run(in[0], {state_of(in[4], in[0], in[2])}, options, [&](const Tensor& x, const Tensors& states) -> Tensors {
    Tensor z = matmul(x, in[1]) + matmul(dropped(states[0], options), in[2]);
    if (in[3].defined()) z = z + in[3];
    return {options.activation ? options.activation(z) : tanh(z)};
  });
}

OpCase simple_rnn_row() {
  OpCase result{"simple_rnn", {}};
  const auto call = [](const Tensors& x, const SimpleRnnOptions& options) -> Tensors {
    const SimpleRnnResult all = simple_rnn(x[0], x[1], x[2], x[3], x[4], options);
    return {all.outputs, all.hidden};
  };
  auto add = [&](const std::string& description, const Shape& shape, int64_t units, bool with_bias, bool with_state,
                 const SimpleRnnOptions& options = {}) {
    result.samples.push_back(
        {description, [=](const Tensors& given) -> Tensors { return call(with_gaps(given, with_bias, 5), options); },
         recurrent_inputs(shape, units, 1, {}, with_bias, with_state ? 1 : 0),
         [=](const Tensors& given) -> Tensors { return simple_rnn_steps(with_gaps(given, with_bias, 5), options); }});
  };
  add("with bias", {2, 3, 2}, 2, true, false);
  add("without bias", {1, 2, 3}, 2, false, false);
  add("with initial state", {2, 2, 1}, 2, true, true);
  add("one step", {3, 1, 2}, 1, false, true);
  add("another function", {2, 3, 2}, 2, true, true, {.activation = other_activation});
  add("large", {33, 5, 19}, 67, true, true);
  // Kernels that do not make a chaos of it, which would show in float32.
  Tensors& inputs = result.samples.back().inputs;
  inputs[1] = inputs[1] * 0.2;
  inputs[2] = inputs[2] * 0.2;
  result.samples.back().gradcheck = false;
  add_masked<SimpleRnnOptions>(result, 1, {}, 1, call, simple_rnn_steps);
  return result;
}

}  // namespace

std::vector<OpCase> recurrent_cases() { return {lstm_row(), gru_row(), simple_rnn_row()}; }

}  // namespace xtape::test
