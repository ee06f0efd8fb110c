#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/program.hpp>

#include "core/checks.hpp"
#include "program/graph.hpp"
#include "program/layout.hpp"
#include "program/plan.hpp"
#include "program/print.hpp"

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

// Plans for other lengths of free axes, or other layouts, besides those of the examples.
constexpr std::size_t most_plans = 8;

// The modes of this thread, of which it depends what a function does.
struct Modes {
  bool recording = autograd::recording, inference = autograd::inference, withheld = autograd::withheld;
};

// Other modes for a scope.
class ModeScope : detail::GradModeScope {
 public:
  explicit ModeScope(const Modes& modes) {
    autograd::recording = modes.recording;
    autograd::inference = modes.inference;
    autograd::withheld = modes.withheld;
  }
};

// Calls the function, and returns aliases of what it returns.
Tensors call(const Function& function, const Tensors& stand_ins) {
  Tensors inputs, outputs;
  for (const Tensor& x : stand_ins) inputs.push_back(core::make_alias(x));
  for (const Tensor& y : function(inputs)) {
    core::check_defined("capture", y);
    if (autograd::has_live_lift(y)) {
      throw AutogradError("capture: a result of shape " + y.shape().str() +
                          " belongs to a transform (vmap, jvp) around the capture, of which a program knows nothing; "
                          "capture the function with the transform in it");
    }
    outputs.push_back(core::make_alias(autograd::without_lifts(y)));
  }
  return outputs;
}

// Writes down what the function does with inputs of the shapes, types and layouts of `examples`.
program::Graph traced(const Function& function, const Tensors& examples) {
  program::Graph graph;
  for (const Tensor& x : examples) graph.inputs.push_back(program::make_laid_out_as(x));
  std::exception_ptr failure;
  {
    autograd::Trace trace;
    try {
      graph.outputs = call(function, graph.inputs);
      trace.check_gradients();
    } catch (...) {
      failure = std::current_exception();
    }
    graph.instructions = std::move(trace.instructions);
    graph.constants = std::move(trace.constants);
  }
  if (!failure) {
    find_roles(graph);
    return graph;
  }
  const bool kept = program::spoil_kept_tensors(graph);
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    if (!kept) throw;
    throw KeptTensorError(std::string(error.what()) +
                          "; and somebody keeps a tensor that the function made before that, which was never "
                          "computed and is NaN now: make it before");
  }
}

std::string input_text(std::size_t position) { return "program: input " + std::to_string(position); }

// @throws AutogradError for a tensor with a mask, which is no part of the values that a program computes with.
void check_unmasked(const std::string& name, const Tensor& x) {
  if (!has_mask(x)) return;
  throw AutogradError(name + " of shape " + x.shape().str() +
                      " has a mask, which a program does not see; give the mask as an input of its own, and call "
                      "with_mask(x, mask) in the function that is captured");
}

// This thread as the one that runs a program, for a scope.
class Running {
 public:
  explicit Running(std::atomic<std::thread::id>& runner) : runner_(runner) {
    runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  ~Running() { runner_.store({}, std::memory_order_relaxed); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  std::atomic<std::thread::id>& runner_;
};

// By input, by axis.
using FreeAxes = std::vector<std::vector<bool>>;

FreeAxes checked_free_axes(const CaptureOptions& options, const Tensors& examples) {
  if (options.free_axes.size() > examples.size()) {
    throw ValueError("capture: free_axes are given for " + std::to_string(options.free_axes.size()) + " inputs of " +
                     std::to_string(examples.size()));
  }
  FreeAxes free;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    free.emplace_back(examples[i].shape().size());
    if (i >= options.free_axes.size()) continue;
    for (const Axis axis : options.free_axes[i]) {
      free[i][static_cast<std::size_t>(core::checked_axis("capture: free_axes", axis, examples[i].rank()))] = true;
    }
  }
  return free;
}

}  // namespace

struct Program::Implementation {
  Implementation(const Function& captured, const Tensors& examples, const CaptureOptions& settings)
      : options(settings),
        free_axes(checked_free_axes(settings, examples)),
        plan(traced(captured, examples), settings) {
    for (const Tensor& x : examples) {
      shapes.push_back(x.shape());
      types.push_back(x.dtype());
    }
    const auto any_free = [](const std::vector<bool>& axes) {
      return std::find(axes.begin(), axes.end(), true) != axes.end();
    };
    if (std::any_of(free_axes.begin(), free_axes.end(), any_free)) function = captured;
  }

  void check(const Tensors& inputs) const;
  void check_count(const Tensors& given, std::size_t results) const;
  program::Plan& plan_for(const Tensors& inputs);
  void run(const Tensors& given, std::span<Tensor> results);

  const CaptureOptions options;
  // Those at capture, for the function when it is called again.
  const Modes modes = {};
  const FreeAxes free_axes;
  std::vector<Shape> shapes;
  std::vector<DType> types;
  // Called again for other lengths of free axes, and other layouts; empty where there are none.
  Function function;

  // The thread that runs the program.
  std::atomic<std::thread::id> runner = {};
  // All below is read and written under the mutex.
  std::mutex mutex;
  program::Plan plan;
  // That of the last run first.
  std::vector<std::unique_ptr<program::Plan>> others;
};

void Program::Implementation::check(const Tensors& inputs) const {
  if (autograd::trace)
    throw AutogradError("program: it cannot run in a function that is captured; call its function there");
  if (inputs.size() != shapes.size()) {
    throw ValueError("program: expected " + std::to_string(shapes.size()) + " inputs, as captured, given " +
                     std::to_string(inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& x = inputs[i];
    if (!x.defined()) core::check_defined(input_text(i).c_str(), x);
    if (core::impl(x)->lift) {
      throw AutogradError(input_text(i) +
                          " is part of a transform, of which a program knows nothing; capture the function with it");
    }
    if (core::impl(x)->annotation) check_unmasked(input_text(i), x);
    const Shape& given = core::impl(x)->shape;
    bool fits = given.size() == shapes[i].size();
    for (std::size_t axis = 0; fits && axis < given.size(); ++axis) {
      fits = given[axis] == shapes[i][axis] || free_axes[i][axis];
    }
    if (!fits) {
      throw ShapeError(input_text(i) + " must have shape " + shapes[i].str() + ", as captured, given " + given.str());
    }
    if (x.dtype() != types[i]) {
      throw DTypeError(input_text(i) + " must be " + name(types[i]) + ", as captured, given " + name(x.dtype()));
    }
  }
}

// A program has as many results as at capture; their types and numbers of axes are those that the function gives them.
void Program::Implementation::check_count(const Tensors& given, std::size_t results) const {
  const std::size_t captured = plan.graph().outputs.size();
  if (results == captured) return;
  const auto text = [](std::size_t count, const Tensors& of) {
    std::string result = std::to_string(count) + " for inputs of shapes";
    for (const Tensor& x : of) result += (&x == &of.front() ? " " : ", ") + x.shape().str();
    return result;
  };
  throw AutogradError("program: the number of results depends on the length of a free axis: " +
                      text(captured, plan.graph().inputs) + ", as captured, and " + text(results, given));
}

program::Plan& Program::Implementation::plan_for(const Tensors& inputs) {
  if (!function) return plan;
  const auto fits = [&](const program::Plan& known) {
    const Tensors& stand_ins = known.graph().inputs;
    return std::equal(stand_ins.begin(), stand_ins.end(), inputs.begin(), [](const Tensor& stand_in, const Tensor& x) {
      return core::impl(stand_in)->shape == core::impl(x)->shape && program::would_lie_as(x, stand_in);
    });
  };
  if (fits(plan)) return plan;
  const auto known = std::find_if(others.begin(), others.end(), [&](const auto& other) { return fits(*other); });
  if (known != others.end()) {
    std::rotate(others.begin(), known, known + 1);
  } else {
    const ModeScope as_captured(modes);
    auto other = std::make_unique<program::Plan>(traced(function, inputs), options);
    check_count(inputs, other->graph().outputs.size());
    if (others.size() == most_plans) others.pop_back();
    others.insert(others.begin(), std::move(other));
  }
  return *others.front();
}

void Program::Implementation::run(const Tensors& given, std::span<Tensor> results) {
  if (runner.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
    throw AutogradError(
        "program: it runs on this thread already; a host_callback cannot run the program that it is in");
  }
  const std::lock_guard lock(mutex);
  const Running running(runner);
  program::Plan& fitting = plan_for(given);
  fitting.check(given);
  const autograd::TransformPause pause;
  const autograd::RecordingScope values_alone(false);
  const Tensors& stand_ins = fitting.graph().inputs;
  if (std::equal(given.begin(), given.end(), stand_ins.begin(), program::lies_as)) return fitting.run(given, results);
  Tensors inputs;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const bool lies = program::lies_as(given[i], stand_ins[i]);
    inputs.push_back(lies ? given[i] : program::make_laid_out_as(stand_ins[i]));
    if (!lies) inputs[i].assign(given[i]);
  }
  fitting.run(inputs, results);
}

Tensors Program::operator()(const Tensors& inputs) const {
  implementation_->check(inputs);
  Tensors results(implementation_->plan.graph().outputs.size());
  implementation_->run(inputs, results);
  return results;
}

Tensor Program::run_single(const Tensor& input) const {
  const Tensors inputs{input};
  implementation_->check(inputs);
  const std::size_t results = implementation_->plan.graph().outputs.size();
  if (results != 1) throw ValueError("program: it has " + std::to_string(results) + " results; call it with a list");
  Tensor result;
  implementation_->run(inputs, {&result, 1});
  return result;
}

std::size_t Program::size() const { return implementation_->plan.size(); }
std::size_t Program::arena_bytes() const { return implementation_->plan.arena_bytes(); }
std::string Program::str() const { return program::text_of(implementation_->plan.graph()); }
std::string Program::to_dot() const { return program::dot_of(implementation_->plan.graph()); }

Program capture(const Function& function, const Tensors& examples, const CaptureOptions& options) {
  if (!function) throw ValueError("capture: the function is empty");
  for (std::size_t i = 0; i < examples.size(); ++i) {
    core::check_defined("capture", examples[i]);
    check_unmasked("capture: input " + std::to_string(i), examples[i]);
  }
  return Program(std::make_shared<Program::Implementation>(function, examples, options));
}

}  // namespace xtape
