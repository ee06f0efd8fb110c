#include <algorithm>
#include <memory>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/derivatives.hpp>
#include <xtape/error.hpp>
#include <xtape/forward_mode.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/vmap.hpp>

#include "autograd/grad_mode.hpp"
#include "autograd/reach.hpp"
#include "autograd/variable.hpp"
#include "core/checks.hpp"
#include "core/random_source.hpp"

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;
using OneFunction = std::function<Tensor(const Tensor&)>;

std::string numbered(const char* operation, const char* what, std::size_t i) {
  return std::string(operation) + ": " + what + " " + std::to_string(i);
}

template <class Given>
void check_arguments(const char* operation, const Given& function, const Tensors& inputs) {
  if (!function) throw ValueError(std::string(operation) + ": the function is empty");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string input = numbered(operation, "input", i);
    core::check_defined(input.c_str(), inputs[i]);
    core::check_floating(input.c_str(), inputs[i]);
  }
}

// Where gradients of a call of a function begin. When it goes, none can begin there any more.
class CallVariables {
 public:
  CallVariables(const Tensors& inputs, bool linked) {
    for (const Tensor& input : inputs) tensors_.push_back(autograd::variable(input, linked));
  }
  CallVariables(const CallVariables&) = delete;
  CallVariables& operator=(const CallVariables&) = delete;
  ~CallVariables() {
    for (const Tensor& tensor : tensors_) autograd::end_variable(tensor);
  }
  const Tensors& tensors() const { return tensors_; }

 private:
  Tensors tensors_;
};

// A call of a function whose gradients can be taken.
struct Recorded {
  std::shared_ptr<const CallVariables> call_variables;
  Tensors outputs;
  // Whether derivatives go on outside: the gradients are to be differentiable themselves.
  bool linked;

  Recorded(const char* operation, const Function& function, const Tensors& inputs) : linked(autograd::recording) {
    const EnableGrad recording;
    call_variables = std::make_shared<const CallVariables>(inputs, linked);
    outputs = function(variables());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      core::check_defined(numbered(operation, "output", i).c_str(), outputs[i]);
    }
    linked = linked && autograd::reach_beyond(outputs, variables());
  }

  const Tensors& variables() const { return call_variables->tensors(); }

  // The values for those outside.
  Tensors values() const {
    Tensors result = outputs;
    if (!linked) {
      for (Tensor& value : result) value = autograd::cut_off(value);
    }
    return result;
  }

  // An undefined gradient is zero.
  Tensors gradients(const Tensors& of_outputs, bool again) const {
    Tensors used, upstream;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!of_outputs[i].defined() || !outputs[i].requires_grad()) continue;
      used.push_back(outputs[i]);
      upstream.push_back(of_outputs[i]);
    }
    // They go on where the call does, or gradients that are differentiated themselves.
    const bool create_graph =
        autograd::recording &&
        (linked || std::any_of(upstream.begin(), upstream.end(), [](const Tensor& x) { return x.requires_grad(); }));
    Tensors result(variables().size());
    if (!used.empty()) {
      result = grad(used, variables(),
                    {.gradients = upstream, .create_graph = create_graph, .retain_graph = again, .allow_unused = true});
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!result[i].defined()) result[i] = zeros(variables()[i].shape(), variables()[i].dtype());
    }
    return result;
  }
};

// Whether each tensor that is given has the shape and the type of the one that it belongs to; undefined ones are zeros.
void check_alike(const char* operation, const char* what, const Tensors& given, const Tensors& expected) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i].defined()) continue;
    if (given[i].shape() != expected[i].shape()) {
      throw ShapeError(numbered(operation, what, i) + " must have shape " + expected[i].shape().str() + ", given " +
                       given[i].shape().str());
    }
    if (given[i].dtype() != expected[i].dtype()) {
      throw DTypeError(numbered(operation, what, i) + " must be " + name(expected[i].dtype()) + ", given " +
                       name(given[i].dtype()));
    }
  }
}

void check_gradients(const Tensors& gradients, const Tensors& outputs) {
  if (gradients.size() != outputs.size()) {
    throw ValueError("vjp: expected a gradient for each value, given " + std::to_string(gradients.size()) +
                     " gradients for " + std::to_string(outputs.size()) + " values");
  }
  check_alike("vjp", "gradient", gradients, outputs);
}

// The function in terms of lists.
Function of_lists(const OneFunction& function) {
  return [&function](const Tensors& x) -> Tensors { return {function(x[0])}; };
}

template <class Number>
std::pair<Tensor, Tensors> value_and_gradients(const char* operation, const Number& function, const Tensors& inputs) {
  const Recorded call(
      operation, [&](const Tensors& x) -> Tensors { return {function(x)}; }, inputs);
  const Tensor& value = call.outputs[0];
  if (value.numel() != 1) {
    throw ShapeError(std::string(operation) + ": the function must return one number, its value has shape " +
                     value.shape().str() + "; jacobian takes functions to more of them");
  }
  core::check_floating(numbered(operation, "output", 0).c_str(), value);
  return {call.values()[0], call.gradients({ones(value.shape(), value.dtype())}, false)};
}

// The elements of an x of that shape as directions, one after the other: [elements, ...shape].
Tensor directions(const Tensor& x) {
  Shape shape = x.shape();
  shape.insert(0, x.numel());
  return reshape(eye(x.numel(), x.numel(), x.dtype()), shape);
}

// [...output, ...input].
Shape joined(const Shape& output, const Shape& input) {
  Shape shape = output;
  for (const int64_t length : input) shape.push_back(length);
  return shape;
}

int64_t elements_of(const Tensors& tensors) {
  int64_t count = 0;
  for (const Tensor& x : tensors) count += x.numel();
  return count;
}

// What is the same in all directions comes as a broadcast view; the caller may change what it gets.
Tensor writable(const Tensor& block) { return core::impl(block)->repeats ? block.clone() : block; }

std::vector<Tensors> jacobian_by_rows(const Recorded& call) {
  std::vector<Tensors> result;
  for (std::size_t i = 0; i < call.outputs.size(); ++i) {
    const Tensor& output = call.outputs[i];
    Tensors row;
    if (output.numel() > 0) {
      // Operations on the rows are recorded for those outside only.
      const autograd::RecordingScope mode(call.linked);
      row = vmap(
          [&](const Tensors& direction) -> Tensors {
            Tensors upstream(call.outputs.size());
            upstream[i] = direction[0];
            return call.gradients(upstream, true);
          },
          {.randomness = Randomness::same})(Tensors{directions(output)});
    }
    for (std::size_t j = 0; j < call.variables().size(); ++j) {
      const Shape shape = joined(output.shape(), call.variables()[j].shape());
      if (output.numel() > 0) {
        row[j] = writable(reshape(row[j], shape).astype(output.dtype()));
      } else {
        row.push_back(zeros(shape, output.dtype()));
      }
    }
    result.push_back(std::move(row));
  }
  return result;
}

// The function runs once an input, for all its directions: with the same random numbers all the time.
std::vector<Tensors> jacobian_by_columns(const char* operation, const Function& function, const Tensors& inputs) {
  std::vector<Tensors> result;
  std::vector<core::RandomDraw> draws;
  for (std::size_t j = 0; j < inputs.size(); ++j) {
    const Tensor& input = inputs[j];
    Tensors values;
    const auto products = [&](const Tensors& direction) {
      Tensors tangents(inputs.size());
      tangents[j] = direction[0];
      auto [outputs, found] = jvp(function, inputs, tangents);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        core::check_floating(numbered(operation, "output", i).c_str(), outputs[i]);
      }
      values = std::move(outputs);
      return std::move(found);
    };
    const auto run = [&] {
      if (input.numel() == 0) return products({zeros(input.shape(), input.dtype())});
      return vmap(Function(products), {.out_axes = -1, .randomness = Randomness::same})(Tensors{directions(input)});
    };
    Tensors column;
    if (j == 0) {
      core::RandomRecording random;
      column = run();
      draws = random.take();
    } else {
      const core::RandomReplay random(operation, draws);
      column = run();
    }
    result.resize(column.size());
    for (std::size_t i = 0; i < column.size(); ++i) {
      const Shape shape = joined(values[i].shape(), input.shape());
      result[i].push_back(input.numel() > 0 ? writable(reshape(column[i], shape)) : zeros(shape, values[i].dtype()));
    }
  }
  return result;
}

std::vector<Tensors> jacobian_of(const char* operation, const Function& function, const Tensors& inputs,
                                 JacobianMode mode) {
  if (mode == JacobianMode::forward) return jacobian_by_columns(operation, function, inputs);
  const Recorded call(operation, function, inputs);
  for (std::size_t i = 0; i < call.outputs.size(); ++i) {
    core::check_floating(numbered(operation, "output", i).c_str(), call.outputs[i]);
  }
  if (mode == JacobianMode::reverse || elements_of(call.outputs) <= elements_of(inputs)) return jacobian_by_rows(call);
  return jacobian_by_columns(operation, function, inputs);
}

}  // namespace

std::pair<Tensors, Function> vjp(const Function& function, const Tensors& primals) {
  check_arguments("vjp", function, primals);
  Recorded call("vjp", function, primals);
  Tensors values = call.values();
  return {std::move(values), [call = std::move(call)](const Tensors& gradients) {
            check_gradients(gradients, call.outputs);
            return call.gradients(gradients, true);
          }};
}

std::pair<Tensor, OneFunction> vjp(const OneFunction& function, const Tensor& primal) {
  check_arguments("vjp", function, {primal});
  const auto result = vjp(of_lists(function), Tensors{primal});
  return {result.first[0], [back = result.second](const Tensor& gradient) { return back(Tensors{gradient})[0]; }};
}

std::pair<Tensor, Tensors> value_and_grad(const std::function<Tensor(const Tensors&)>& function,
                                          const Tensors& inputs) {
  check_arguments("value_and_grad", function, inputs);
  return value_and_gradients("value_and_grad", function, inputs);
}

std::pair<Tensor, Tensor> value_and_grad(const OneFunction& function, const Tensor& x) {
  check_arguments("value_and_grad", function, {x});
  const auto one = [&](const Tensors& inputs) { return function(inputs[0]); };
  const auto result = value_and_gradients("value_and_grad", one, {x});
  return {result.first, result.second[0]};
}

Tensor jacobian(const OneFunction& function, const Tensor& x, JacobianOptions options) {
  check_arguments("jacobian", function, {x});
  return jacobian_of("jacobian", of_lists(function), {x}, options.mode)[0][0];
}

std::vector<Tensors> jacobian(const Function& function, const Tensors& inputs, JacobianOptions options) {
  check_arguments("jacobian", function, inputs);
  return jacobian_of("jacobian", function, inputs, options.mode);
}

namespace {

// As jvp asks for them.
void check_tangents(const Tensors& inputs, const Tensors& tangents) {
  if (tangents.size() != inputs.size()) {
    throw ValueError("hvp: expected a tangent for each input: inputs " + std::to_string(inputs.size()) + ", tangents " +
                     std::to_string(tangents.size()));
  }
  check_alike("hvp", "tangent", tangents, inputs);
}

// The gradients of a function to one number, as a function.
template <class Number>
Function gradients_of(const char* operation, const Number& function) {
  return [operation, &function](const Tensors& x) { return value_and_gradients(operation, function, x).second; };
}

}  // namespace

Tensor hessian(const OneFunction& function, const Tensor& x) {
  check_arguments("hessian", function, {x});
  const auto one = [&](const Tensors& inputs) { return function(inputs[0]); };
  return jacobian_of("hessian", gradients_of("hessian", one), {x}, JacobianMode::forward)[0][0];
}

std::vector<Tensors> hessian(const std::function<Tensor(const Tensors&)>& function, const Tensors& inputs) {
  check_arguments("hessian", function, inputs);
  return jacobian_of("hessian", gradients_of("hessian", function), inputs, JacobianMode::forward);
}

Tensor hvp(const OneFunction& function, const Tensor& x, const Tensor& tangent) {
  check_arguments("hvp", function, {x});
  check_tangents({x}, {tangent});
  const auto one = [&](const Tensors& inputs) { return function(inputs[0]); };
  return jvp(gradients_of("hvp", one), {x}, {tangent}).second[0];
}

Tensors hvp(const std::function<Tensor(const Tensors&)>& function, const Tensors& inputs, const Tensors& tangents) {
  check_arguments("hvp", function, inputs);
  check_tangents(inputs, tangents);
  return jvp(gradients_of("hvp", function), inputs, tangents).second;
}

}  // namespace xtape
