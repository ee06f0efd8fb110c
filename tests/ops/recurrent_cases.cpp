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

Tensors lstm_steps(const Tensors& in, const LstmOptions& options) {
  const auto activate = [&](const Tensor& t) { return options.activation ? options.activation(t) : tanh(t); };
  const auto gate = [&](const Tensor& t) {
    return options.recurrent_activation ? options.recurrent_activation(t) : sigmoid(t);
  };
  Tensor h = state_of(in[4], in[0], in[2]), c = state_of(in[5], in[0], in[2]);
  Tensors outputs;
  for (int64_t t = 0; t < in[0].shape(1); ++t) {
    Tensor z = matmul(in[0].select(1, t), in[1]) + matmul(h, in[2]);
    if (in[3].defined()) z = z + in[3];
    const Tensors gates = split(z, int64_t{4}, -1);
    c = gate(gates[1]) * c + gate(gates[0]) * activate(gates[2]);
    h = gate(gates[3]) * activate(c);
    outputs.push_back(h);
  }
  return {stack(outputs, 1), h, c};
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
  return result;
}

Tensors gru_steps(const Tensors& in, const GruOptions& options) {
  const auto activate = [&](const Tensor& t) { return options.activation ? options.activation(t) : tanh(t); };
  const auto gate = [&](const Tensor& t) {
    return options.recurrent_activation ? options.recurrent_activation(t) : sigmoid(t);
  };
  Tensor h = state_of(in[4], in[0], in[2]);
  const int64_t units = h.shape(1);
  // Gate `index` of x W + b, or of a hidden state's product.
  const auto product = [&](const Tensor& from, const Tensor& kernel, int index, bool recurrent) {
    const Slice part{index * units, (index + 1) * units};
    const Tensor y = matmul(from, kernel.slice(1, part));
    if (!in[3].defined() || (recurrent && !options.reset_after)) return y;
    return y + (options.reset_after ? in[3].select(0, recurrent ? 1 : 0) : in[3]).slice(0, part);
  };
  Tensors outputs;
  for (int64_t t = 0; t < in[0].shape(1); ++t) {
    const Tensor x = in[0].select(1, t);
    const Tensor z = gate(product(x, in[1], 0, false) + product(h, in[2], 0, true));
    const Tensor r = gate(product(x, in[1], 1, false) + product(h, in[2], 1, true));
    const Tensor reset = options.reset_after ? r * product(h, in[2], 2, true) : product(r * h, in[2], 2, true);
    h = z * h + (1 - z) * activate(product(x, in[1], 2, false) + reset);
    outputs.push_back(h);
  }
  return {stack(outputs, 1), h};
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
  return result;
}

}  // namespace

std::vector<OpCase> recurrent_cases() { return {lstm_row(), gru_row()}; }

}  // namespace xtape::test
