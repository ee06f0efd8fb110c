#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <random>
#include <sstream>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/position_text.hpp>
#include <xtape/error.hpp>
#include <xtape/forward_mode.hpp>
#include <xtape/gradcheck.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/random_source.hpp"
#include "core/tensor_impl.hpp"

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;
using Evaluation = std::function<Tensors()>;
using Draws = std::vector<core::RandomDraw>;

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
  // Undefined for outputs that are not floating.
  Tensors like(const Tensors& outputs) {
    Tensors result;
    for (const Tensor& output : outputs) result.push_back(is_floating(output.dtype()) ? like(output) : Tensor());
    return result;
  }

 private:
  std::mt19937_64 engine_;
};

double dot(const Tensors& a, const Tensors& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (!a[k].defined() || !b[k].defined()) continue;
    const std::vector<double> x = a[k].to_vector<double>(), y = b[k].to_vector<double>();
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  }
  return sum;
}

double& element(const Tensor& x, const Shape& position) {
  const core::TensorImpl* tensor = core::impl(x);
  int64_t offset = 0;
  for (std::size_t axis = 0; axis < position.size(); ++axis) offset += position[axis] * tensor->strides[axis];
  return core::elements<double>(tensor)[offset];
}

// A function of some tensors, called leaves, that it reads by itself: twice, once to differentiate it and once to move
// them. All of them require gradients.
struct Side {
  Evaluation function;
  Tensors leaves;
};
struct Problem {
  Side tape, moved;
  // Of each leaf, for reports: its number, and how it is named.
  std::vector<int64_t> numbers;
  std::vector<std::string> names;
};

// Calls the function with the random numbers of its first call.
Tensors evaluate(const Evaluation& function, const Draws& draws) {
  core::RandomReplay random("gradcheck", draws);
  Tensors outputs = function();
  random.finish();
  return outputs;
}

// The tape's gradients of the leaves; undefined where nothing depends on one.
Tensors tape_gradients(const Tensors& outputs, const Tensors& leaves, const Tensors& upstream, bool create_graph) {
  Tensors recorded;
  GradOptions options;
  options.create_graph = create_graph;
  options.allow_unused = true;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    recorded.push_back(outputs[i]);
    options.gradients.push_back(upstream[i]);
  }
  if (recorded.empty()) return Tensors(leaves.size());
  return grad(recorded, leaves, options);
}

// sum(outputs * upstream) with one element of one leaf moved.
class Moved {
 public:
  Moved(const Side& side, std::size_t leaf, const Shape& position, const Tensors& upstream, const Draws& draws)
      : side_(side), leaf_(side.leaves[leaf]), position_(position), upstream_(upstream), draws_(draws) {}
  double value_at(double shift) const {
    const Restored moved(leaf_, position_, shift);
    return dot(evaluate(side_.function, draws_), upstream_);
  }

 private:
  // Counts the changes, so that no tape misses them.
  class Restored {
   public:
    Restored(const Tensor& leaf, const Shape& position, double shift)
        : leaf_(leaf), element_(element(leaf, position)), before_(element_) {
      set(before_ + shift);
    }
    ~Restored() { set(before_); }
    Restored(const Restored&) = delete;
    Restored& operator=(const Restored&) = delete;

   private:
    void set(double value) {
      element_ = value;
      core::impl(leaf_)->storage->count_change();
    }
    const Tensor& leaf_;
    double& element_;
    const double before_;
  };

  const Side& side_;
  const Tensor& leaf_;
  const Shape& position_;
  const Tensors& upstream_;
  const Draws& draws_;
};

// Zeros whose first axis is the innermost in memory, so that no rule takes tangents to lie as values do.
Tensor zeros_across(const Shape& shape) {
  std::vector<int> order(shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  Shape reversed = shape;
  std::reverse(reversed.begin(), reversed.end());
  return permute(zeros(reversed, float64), order);
}

// sum(tangents of outputs * upstream) where one element of one leaf has the tangent 1: the same by forward mode.
double forward_derivative(const Side& side, std::size_t leaf, const Shape& position, const Tensors& upstream,
                          const Draws& draws) {
  // The leaf itself carries the tangent for a while, for whoever holds it.
  class Lifted {
   public:
    Lifted(const Tensor& leaf, const Tensor& dual) : leaf_(leaf), before_(core::impl(leaf)->lift) {
      core::impl(leaf_)->lift = core::impl(dual)->lift;
    }
    ~Lifted() { core::impl(leaf_)->lift = before_; }
    Lifted(const Lifted&) = delete;
    Lifted& operator=(const Lifted&) = delete;

   private:
    const Tensor& leaf_;
    const detail::Reference<const core::Lift> before_;
  };
  const DualLevel level;
  const Tensor tangent = zeros_across(side.leaves[leaf].shape());
  element(tangent, position) = 1;
  const Tensor dual = level.make_dual(side.leaves[leaf].detach(), tangent);
  const Lifted lifted(side.leaves[leaf], dual);
  Tensors tangents;
  for (const Tensor& output : evaluate(side.function, draws)) tangents.push_back(level.unpack_dual(output).second);
  return dot(tangents, upstream);
}

// One kind of derivative beside the numeric one: the worst element so far.
class Comparison {
 public:
  Comparison(const char* kind, const GradcheckOptions& options) : kind_(kind), options_(options) {}

  // Whether this is the worst element so far.
  bool add(const Problem& problem, std::size_t leaf, const Shape& position, double analytic, double numeric) {
    // Above 1 means too far apart; NaN counts as infinitely far.
    double excess = std::abs(analytic - numeric) / allowed(numeric);
    if (std::isnan(excess)) excess = HUGE_VAL;
    if (excess <= worst_) return false;
    worst_ = excess;
    leaf_ = leaf;
    report_.input = problem.numbers[leaf];
    report_.position = position;
    report_.analytic = analytic;
    report_.numeric = numeric;
    return true;
  }
  bool failed() const { return worst_ > 1; }

  GradcheckReport report(const Problem& problem, const Tensors& upstream, const Draws& draws) {
    report_.passed = !failed();
    std::ostringstream text;
    text.precision(10);
    text << "gradcheck" << kind_ << ": ";
    if (report_.input < 0) {
      text << "no elements to check";
    } else {
      text << problem.names[leaf_] << " at " << report_.position << ": analytic " << report_.analytic << ", numeric "
           << report_.numeric << " (allowed difference " << allowed(report_.numeric) << ")";
      if (failed()) text << kink_text(Moved(problem.moved, leaf_, report_.position, upstream, draws));
      text << ", seed " << options_.seed;
    }
    report_.message = text.str();
    return report_;
  }

 private:
  double allowed(double numeric) const { return options_.atol + options_.rtol * std::abs(numeric); }

  std::string kink_text(const Moved& moved) const {
    const double here = moved.value_at(0);
    const double above = (moved.value_at(options_.eps) - here) / options_.eps;
    const double below = (here - moved.value_at(-options_.eps)) / options_.eps;
    if (!std::isfinite(above) || !std::isfinite(below)) {
      return "; the function is not finite there, or beside it: check it where it and its derivative are";
    }
    if (std::abs(above - below) <= allowed(std::max(std::abs(above), std::abs(below)))) return "";
    std::ostringstream text;
    text.precision(4);
    text << "; the differences to both sides are " << below << " and " << above
         << ", as at a kink: is the input at one?";
    return text.str();
  }

  const char* kind_;
  const GradcheckOptions& options_;
  std::size_t leaf_ = 0;
  double worst_ = -1;
  GradcheckReport report_;
};

struct Kinds {
  const char* reverse;
  const char* forward;
};
constexpr Kinds first_order{"", " (forward mode)"};
constexpr Kinds second_order{" (second order)", " (second order, forward over reverse)"};

GradcheckReport check(const Problem& problem, const Tensors& upstream, const Draws& draws, GradcheckOptions options,
                      const Kinds& kinds) {
  const auto is_differentiable = [](const Tensor& gradient) { return gradient.defined(); };
  if (!options.allow_zero && std::none_of(upstream.begin(), upstream.end(), is_differentiable)) {
    GradcheckReport report;
    report.message = "gradcheck: no output is floating, so nothing was checked (allow_zero accepts that)";
    return report;
  }
  // Outputs without elements depend on nothing.
  options.allow_zero |= std::all_of(upstream.begin(), upstream.end(), [](const Tensor& gradient) {
    return !gradient.defined() || gradient.numel() == 0;
  });
  const Tensors gradients =
      tape_gradients(evaluate(problem.tape.function, draws), problem.tape.leaves, upstream, false);
  Comparison reverse(kinds.reverse, options), forward(kinds.forward, options);
  for (std::size_t leaf = 0; leaf < problem.tape.leaves.size(); ++leaf) {
    const Shape shape = problem.tape.leaves[leaf].shape();
    const auto count = static_cast<std::size_t>(shape.numel());
    const std::vector<double> tape =
        gradients[leaf].defined() ? gradients[leaf].to_vector<double>() : std::vector<double>(count, 0.0);
    bool all_zero = count > 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Shape position = detail::position_of(static_cast<int64_t>(i), shape);
      const Moved moved(problem.moved, leaf, position, upstream, draws);
      const double numeric = (moved.value_at(options.eps) - moved.value_at(-options.eps)) / (2 * options.eps);
      all_zero &= numeric == 0;
      reverse.add(problem, leaf, position, tape[i], numeric);
      if (!options.forward) continue;
      forward.add(problem, leaf, position, forward_derivative(problem.tape, leaf, position, upstream, draws), numeric);
    }
    if (!all_zero || options.allow_zero) continue;
    GradcheckReport report;
    report.input = problem.numbers[leaf];
    report.message = std::string("gradcheck") + kinds.reverse + ": every numeric gradient of " + problem.names[leaf] +
                     " is zero, so nothing was checked (allow_zero accepts that), seed " + std::to_string(options.seed);
    return report;
  }
  return (reverse.failed() || !forward.failed() ? reverse : forward).report(problem, upstream, draws);
}

// The gradients of `problem` as a function of its leaves and of the upstream gradients.
GradcheckReport check_second_order(const Problem& problem, const Tensors& upstream, const Draws& draws,
                                   GradcheckOptions options) {
  Problem second;
  second.numbers = problem.numbers;
  second.names = problem.names;
  for (std::size_t i = 0; i < upstream.size(); ++i) {
    if (!upstream[i].defined()) continue;
    second.numbers.push_back(static_cast<int64_t>(problem.numbers.back() + 1 + static_cast<int64_t>(i)));
    second.names.push_back("the gradient of output " + std::to_string(i));
  }
  const auto side = [&](const Side& first) {
    Side result{{}, first.leaves};
    Tensors given;
    for (const Tensor& gradient : upstream) {
      given.push_back(gradient.defined() ? gradient.clone().set_requires_grad() : Tensor());
      if (gradient.defined()) result.leaves.push_back(given.back());
    }
    result.function = [&first, given] {
      Tensors gradients = tape_gradients(first.function(), first.leaves, given, true);
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        if (!gradients[i].defined()) gradients[i] = zeros(first.leaves[i].shape(), float64);
      }
      return gradients;
    };
    return result;
  };
  second.tape = side(problem.tape);
  second.moved = side(problem.moved);
  UpstreamGenerator generator(options.seed + 1);
  Tensors second_upstream;
  for (const Tensor& leaf : problem.tape.leaves) second_upstream.push_back(generator.like(leaf));
  // A linear function has no second derivative, and that is no mistake.
  options.allow_zero = true;
  return check(second, second_upstream, draws, options, second_order);
}

enum class Order { both, second };

GradcheckReport run(const Problem& problem, const GradcheckOptions& options, Order order) {
  detail::check_number("gradcheck", "eps", options.eps, detail::Range::finite_and_positive);
  detail::check_number("gradcheck", "atol", options.atol, detail::Range::finite_and_not_negative);
  detail::check_number("gradcheck", "rtol", options.rtol, detail::Range::finite_and_not_negative);
  for (std::size_t i = 0; i < problem.names.size(); ++i) {
    const DType type = problem.tape.leaves[i].dtype();
    if (type != float64) throw DTypeError("gradcheck: " + problem.names[i] + " is " + name(type) + ", expected float64");
  }
  const EnableGrad recording;
  core::RandomRecording random;
  const Tensors outputs = problem.tape.function();
  if (outputs.empty()) throw ValueError("gradcheck: the function returns nothing");
  const Draws draws = random.take();
  const Tensors upstream = UpstreamGenerator(options.seed).like(outputs);
  try {
    GradcheckReport report;
    if (order == Order::both) report = check(problem, upstream, draws, options, first_order);
    if (order == Order::second || (report && options.second_order)) {
      const GradcheckReport second = check_second_order(problem, upstream, draws, options);
      if (order == Order::second || !second) return second;
    }
    return report;
  } catch (AutogradError& error) {
    if (options.forward) error.set_message(error.message() + " (gradcheck; pass forward = false to leave forward mode out)");
    throw;
  }
}

// The function at inputs of its own: those that are checked, which the problem names, are leaves.
GradcheckReport run(const Function& function, const Tensors& inputs, const GradcheckOptions& options, Order order) {
  if (!function) throw ValueError("gradcheck: the function is empty");
  Problem problem;
  Tensors tape_inputs, moved_inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    // To differentiate with the strides given; to move, elements of its own.
    tape_inputs.push_back(inputs[i].defined() ? inputs[i].detach() : Tensor());
    moved_inputs.push_back(inputs[i].defined() ? inputs[i].detach().clone() : Tensor());
    if (!inputs[i].defined() || !inputs[i].requires_grad()) continue;
    problem.tape.leaves.push_back(tape_inputs[i].set_requires_grad());
    problem.moved.leaves.push_back(moved_inputs[i].set_requires_grad());
    problem.numbers.push_back(static_cast<int64_t>(i));
    problem.names.push_back("input " + std::to_string(i));
  }
  if (problem.names.empty()) throw ValueError("gradcheck: none of the inputs requires a gradient");
  problem.tape.function = [&] { return function(tape_inputs); };
  problem.moved.function = [&] { return function(moved_inputs); };
  return run(problem, options, order);
}

GradcheckReport run(const Evaluation& function, const std::vector<GradcheckParameter>& parameters,
                    const GradcheckOptions& options, Order order) {
  if (!function) throw ValueError("gradcheck: the function is empty");
  if (parameters.empty()) throw ValueError("gradcheck: there are no parameters");
  Problem problem;
  for (const GradcheckParameter& parameter : parameters) {
    if (!parameter.value.requires_grad()) {
      throw ValueError("gradcheck: '" + parameter.name + "' does not require a gradient");
    }
    if (core::impl(parameter.value)->repeats) {
      throw ValueError("gradcheck: '" + parameter.name + "' is a broadcast view, whose elements cannot be moved one by one; " +
                       "give the tensor that it is a view of");
    }
    problem.numbers.push_back(static_cast<int64_t>(problem.names.size()));
    problem.names.push_back("'" + parameter.name + "'");
    problem.tape.leaves.push_back(parameter.value);
  }
  problem.tape.function = function;
  problem.moved = problem.tape;
  return run(problem, options, order);
}

}  // namespace

GradcheckReport gradcheck(const Function& function, const Tensors& inputs, const GradcheckOptions& options) {
  return run(function, inputs, options, Order::both);
}
GradcheckReport gradcheck(const Evaluation& function, const std::vector<GradcheckParameter>& parameters,
                          const GradcheckOptions& options) {
  return run(function, parameters, options, Order::both);
}
GradcheckReport gradgradcheck(const Function& function, const Tensors& inputs, const GradcheckOptions& options) {
  return run(function, inputs, options, Order::second);
}
GradcheckReport gradgradcheck(const Evaluation& function, const std::vector<GradcheckParameter>& parameters,
                              const GradcheckOptions& options) {
  return run(function, parameters, options, Order::second);
}

}  // namespace xtape
