#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

// Upstream gradients in [-1.5, -0.5] and [0.5, 1.5]: all different, and none so small that it hides a mistake.
class UpstreamGenerator {
 public:
  explicit UpstreamGenerator(uint64_t seed) : engine_(seed) {}

  Tensor like(const Tensor& output) {
    Tensor result = empty(output.shape(), float64);
    double* values = result.data<double>();
    for (int64_t i = 0; i < result.numel(); ++i) {
      const uint64_t bits = engine_();
      const double magnitude = 0.5 + static_cast<double>(bits >> 11) * 0x1p-53;
      values[i] = (bits & 1) != 0 ? magnitude : -magnitude;
    }
    return result;
  }

 private:
  std::mt19937_64 engine_;
};

double dot(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector<double>();
  const std::vector<double> y = b.to_vector<double>();
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

// The row-major position of element `index`.
Shape position_of(int64_t index, const Shape& shape) {
  Shape position = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    position[axis] = index % shape[axis];
    index /= shape[axis];
  }
  return position;
}

struct Problem {
  const Function& function;
  const Tensors& inputs;
  std::vector<std::size_t> checked;
};

// Inputs cut off from their graphs; the checked ones are leaves.
Tensors as_leaves(const Problem& problem) {
  Tensors leaves;
  for (const Tensor& input : problem.inputs) leaves.push_back(input.defined() ? input.detach() : input);
  for (std::size_t i : problem.checked) leaves[i].set_requires_grad();
  return leaves;
}

Tensors select(const Tensors& tensors, const std::vector<std::size_t>& indices) {
  Tensors selected;
  for (std::size_t i : indices) selected.push_back(tensors[i]);
  return selected;
}

// The tape's gradients of the checked inputs; undefined where nothing depends on one.
Tensors tape_gradients(const Problem& problem, const Tensors& leaves, const Tensors& upstream, bool create_graph) {
  const Tensors outputs = problem.function(leaves);
  Tensors recorded, gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    recorded.push_back(outputs[i]);
    gradients.push_back(upstream[i]);
  }
  if (recorded.empty()) return Tensors(problem.checked.size());
  GradOptions options;
  options.gradients = gradients;
  options.create_graph = create_graph;
  options.allow_unused = true;
  return grad(recorded, select(leaves, problem.checked), options);
}

// Central differences of sum(outputs * upstream) with respect to each element of input `i`.
std::vector<double> numeric_gradient(const Problem& problem, std::size_t i, const Tensors& upstream, double eps) {
  Tensors inputs = problem.inputs;
  for (Tensor& input : inputs) {
    if (input.defined()) input = input.detach().clone();
  }
  // Second-order checks differentiate inside the function, so recording stays on; only the sum is plain.
  for (std::size_t j : problem.checked) inputs[j].set_requires_grad();
  const int64_t count = inputs[i].numel();
  std::vector<double> gradient(static_cast<std::size_t>(count));
  auto value_at = [&](int64_t element, double value) {
    inputs[i].detach().data<double>()[element] = value;
    const Tensors outputs = problem.function(inputs);
    double sum = 0;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (upstream[k].defined()) sum += dot(outputs[k], upstream[k]);
    }
    return sum;
  };
  for (int64_t element = 0; element < count; ++element) {
    const double x = std::as_const(inputs[i]).data<const double>()[element];
    const double above = value_at(element, x + eps);
    const double below = value_at(element, x - eps);
    inputs[i].detach().data<double>()[element] = x;
    gradient[static_cast<std::size_t>(element)] = (above - below) / (2 * eps);
  }
  return gradient;
}

std::string describe(const GradcheckReport& report, const GradcheckOptions& options, const char* order) {
  std::ostringstream text;
  text.precision(10);
  text << "gradcheck" << order << ": input " << report.input << " at " << report.position << ": analytic "
       << report.analytic << ", numeric " << report.numeric << " (allowed difference "
       << options.atol + options.rtol * std::abs(report.numeric) << "), seed " << options.seed;
  return text.str();
}

GradcheckReport all_zero(std::size_t input, const GradcheckOptions& options, const char* order) {
  GradcheckReport report;
  report.input = static_cast<int64_t>(input);
  report.message = std::string("gradcheck") + order + ": every numeric gradient of input " + std::to_string(input) +
                   " is zero, so nothing was checked (allow_zero accepts that), seed " + std::to_string(options.seed);
  return report;
}

GradcheckReport check(const Problem& problem, const Tensors& upstream, GradcheckOptions options, const char* order) {
  // Outputs without elements depend on nothing.
  options.allow_zero |= std::all_of(upstream.begin(), upstream.end(), [](const Tensor& gradient) {
    return !gradient.defined() || gradient.numel() == 0;
  });
  const Tensors analytic = tape_gradients(problem, as_leaves(problem), upstream, false);
  GradcheckReport worst;
  double worst_excess = -1;
  for (std::size_t c = 0; c < problem.checked.size(); ++c) {
    const std::size_t i = problem.checked[c];
    const std::vector<double> numeric = numeric_gradient(problem, i, upstream, options.eps);
    if (!options.allow_zero && !numeric.empty() &&
        std::all_of(numeric.begin(), numeric.end(), [](double value) { return value == 0; })) {
      return all_zero(i, options, order);
    }
    const std::vector<double> tape =
        analytic[c].defined() ? analytic[c].to_vector<double>() : std::vector<double>(numeric.size(), 0.0);
    for (std::size_t element = 0; element < numeric.size(); ++element) {
      // Above 1 means too far apart; NaN counts as infinitely far.
      double excess =
          std::abs(tape[element] - numeric[element]) / (options.atol + options.rtol * std::abs(numeric[element]));
      if (std::isnan(excess)) excess = HUGE_VAL;
      if (excess <= worst_excess) continue;
      worst_excess = excess;
      worst.input = static_cast<int64_t>(i);
      worst.position = position_of(static_cast<int64_t>(element), problem.inputs[i].shape());
      worst.analytic = tape[element];
      worst.numeric = numeric[element];
    }
  }
  worst.passed = worst_excess <= 1;
  worst.message =
      worst.input < 0 ? std::string("gradcheck") + order + ": no elements to check" : describe(worst, options, order);
  return worst;
}

// The gradients of `problem` as a function of its inputs and of the upstream gradients.
GradcheckReport check_second_order(const Problem& problem, const Tensors& upstream, GradcheckOptions options) {
  const std::size_t input_count = problem.inputs.size();
  const Function gradients = [&](const Tensors& arguments) {
    const Tensors inputs(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(input_count));
    const Tensors given(arguments.begin() + static_cast<std::ptrdiff_t>(input_count), arguments.end());
    Tensors result = tape_gradients(problem, inputs, given, true);
    for (std::size_t c = 0; c < result.size(); ++c) {
      if (!result[c].defined()) result[c] = zeros(inputs[problem.checked[c]].shape(), float64);
    }
    return result;
  };
  Tensors arguments = problem.inputs;
  std::vector<std::size_t> checked = problem.checked;
  for (const Tensor& gradient : upstream) {
    if (gradient.defined()) checked.push_back(arguments.size());
    arguments.push_back(gradient);
  }
  UpstreamGenerator generator(options.seed + 1);
  Tensors second_upstream;
  for (std::size_t i : problem.checked) second_upstream.push_back(generator.like(problem.inputs[i]));
  // A linear function has no second derivative, and that is no mistake.
  options.allow_zero = true;
  return check({gradients, arguments, checked}, second_upstream, options, " (second order)");
}

std::vector<std::size_t> inputs_to_check(const Tensors& inputs) {
  std::vector<std::size_t> checked;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined() || !inputs[i].requires_grad()) continue;
    if (inputs[i].dtype() != float64) {
      throw DTypeError("gradcheck: input " + std::to_string(i) + " is " + name(inputs[i].dtype()) +
                       ", expected float64");
    }
    checked.push_back(i);
  }
  if (checked.empty()) throw ValueError("gradcheck: none of the inputs requires a gradient");
  return checked;
}

}  // namespace

GradcheckReport gradcheck(const Function& function, const Tensors& inputs, const GradcheckOptions& options) {
  if (!function) throw ValueError("gradcheck: the function is empty");
  detail::check_number("gradcheck", "eps", options.eps, detail::Range::finite_and_positive);
  detail::check_number("gradcheck", "atol", options.atol, detail::Range::finite_and_not_negative);
  detail::check_number("gradcheck", "rtol", options.rtol, detail::Range::finite_and_not_negative);
  const Problem problem{function, inputs, inputs_to_check(inputs)};
  UpstreamGenerator generator(options.seed);
  Tensors upstream;
  for (const Tensor& output : function(as_leaves(problem))) {
    upstream.push_back(is_floating(output.dtype()) ? generator.like(output) : Tensor());
  }
  const GradcheckReport report = check(problem, upstream, options, "");
  if (!report || !options.second_order) return report;
  return check_second_order(problem, upstream, options);
}

}  // namespace xtape
