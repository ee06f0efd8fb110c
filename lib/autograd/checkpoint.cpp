#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <xtape/checkpoint.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/detail/mask_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>

#include "autograd/engine.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/lift.hpp"
#include "autograd/pointer_map.hpp"
#include "autograd/saved.hpp"
#include "autograd/tape_watch.hpp"
#include "autograd/value_sketch.hpp"
#include "autograd/variable.hpp"
#include "core/checks.hpp"
#include "core/random_source.hpp"

namespace xtape {
namespace {

using autograd::Edge;
using autograd::Node;
using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

constinit thread_local int recomputing = 0;

class RecomputingScope {
 public:
  RecomputingScope() { ++recomputing; }
  ~RecomputingScope() { --recomputing; }
  RecomputingScope(const RecomputingScope&) = delete;
  RecomputingScope& operator=(const RecomputingScope&) = delete;
};

// The nodes that this thread records in a scope.
class NodesInside final : public autograd::TapeWatch {
 public:
  void add(Node& node) override { nodes_.insert(&node); }
  bool contains(const Node* node) const { return nodes_.find(node); }

 private:
  autograd::PointerMap<bool> nodes_;
};

// What outputs depend on that was there before: edges to leaves and to other nodes. Each once.
std::vector<Edge> edges_outside(std::span<const Tensor> outputs, const NodesInside& inside) {
  std::vector<Edge> outside;
  std::set<std::pair<const void*, uint32_t>> seen;
  std::vector<const Node*> waiting;
  const auto follow = [&](const Edge& edge) {
    if (!edge.connected()) return;
    const Node* node = edge.target_node();
    const bool is_inside = node && inside.contains(node);
    if (!seen.emplace(edge.target(), is_inside ? 0 : edge.output).second) return;
    if (is_inside) {
      waiting.push_back(node);
    } else {
      outside.push_back(edge);
    }
  };
  for (const Tensor& output : outputs) follow(Edge(output));
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    for (const Edge& edge : node->edges()) follow(edge);
  }
  return outside;
}

bool contains(const std::vector<Edge>& edges, const Edge& edge) {
  return std::any_of(edges.begin(), edges.end(), [&](const Edge& each) {
    return each.target() == edge.target() && each.output == edge.output;
  });
}

// A leaf that nobody but the edge holds: one that the function has made for itself, to call `grad` inside.
bool is_local(const Edge& edge) { return edge.leaf && edge.leaf.unique(); }

std::vector<uint32_t> versions_of(const Tensors& inputs) {
  std::vector<uint32_t> versions;
  for (const Tensor& input : inputs) versions.push_back(input.defined() ? autograd::version_of(input) : 0);
  return versions;
}

// @throws AutogradError if the function has changed one of its inputs, which it could not be given again.
void check_unchanged(const Tensors& inputs, const std::vector<uint32_t>& versions) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined() || autograd::version_of(inputs[i]) == versions[i]) continue;
    throw AutogradError("checkpoint: the function changes input " + std::to_string(i) + " of shape " +
                        inputs[i].shape().str() + " in place, so that it cannot be run again; clone it first");
  }
}

// A function whose derivative runs it again, this time with a graph behind it. Its inputs, for the tape, are the places
// where the graph of the first time ended: the given inputs, and whatever else requires a gradient.
class CheckpointNode final : public Node {
 public:
  CheckpointNode(Function function, const Tensors& inputs, std::span<const Tensor> outputs,
                 const std::vector<bool>& constant, std::vector<Edge> edges, std::size_t local_leaves,
                 std::vector<core::RandomDraw> draws)
      : Node("checkpoint", outputs),
        function_(std::move(function)),
        input_count_(inputs.size()),
        edges_(std::move(edges)),
        local_leaves_(local_leaves),
        draws_(std::move(draws)),
        training_(detail::in_training()) {
    for (const Tensor& input : inputs) save(input);
    for (const Tensor& input : inputs) save(mask_of(input));
    for (const Tensor& mask : detail::MaskScope::of_call()) save(mask);
    for (const Edge& edge : edges_) {
      const core::TensorImpl* leaf = edge.target_leaf();
      versions_.push_back(leaf ? autograd::version_of(leaf) : 0);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      sketches_.push_back(constant[i] ? std::nullopt : std::optional(autograd::ValueSketch(outputs[i])));
    }
    enter_tape(edges_);
  }

  void run(std::span<const Tensor> output_gradients, autograd::Gradients& gradients) const override {
    check_leaves();
    const bool create_graph = autograd::recording;
    const Tensors outputs = run_again();
    autograd::Engine engine({.keep_graph = create_graph, .create_graph = create_graph, .boundary = true});
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      if (gradients.needed(i)) engine.want(edges_[i]);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (output_gradients[i].defined() && outputs[i].requires_grad()) engine.start(outputs[i], output_gradients[i]);
    }
    engine.run();
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      if (gradients.needed(i)) gradients.set(i, engine.gradient(edges_[i]));
    }
  }
  std::span<const Edge> edges() const override { return edges_; }
  std::span<const autograd::Saved> saved() const override { return saved_; }
  autograd::OpReference op() const override { return {}; }

 private:
  void save(const Tensor& tensor) { saved_.push_back(tensor.defined() ? autograd::Saved(tensor) : autograd::Saved()); }

  void check_leaves() const {
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      const core::TensorImpl* leaf = edges_[i].target_leaf();
      if (!leaf || autograd::version_of(leaf) == versions_[i]) continue;
      throw AutogradError("checkpoint: a leaf of shape " + leaf->shape.str() +
                          " that the function reads was changed in place: it had version " +
                          std::to_string(versions_[i]) + " and has version " +
                          std::to_string(autograd::version_of(leaf)));
    }
  }

  // Finds what a graph does not show: elements that no derivative depends on but by what is computed from them, and
  // what is not a tensor.
  void check_values(const Tensors& outputs) const {
    // Nothing is computed while a program is written down.
    if (autograd::trace) return;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!sketches_[i] || sketches_[i]->alike(autograd::ValueSketch(outputs[i]))) continue;
      throw AutogradError("checkpoint: output " + std::to_string(i) + " of shape " + outputs[i].shape().str() +
                          " has other values than the first time: something that the function reads was changed before "
                          "backward, or is changed by the function itself");
    }
  }

  // The outputs of the first time, with their graph.
  Tensors run_again() const {
    Tensors inputs, masks_around;
    for (std::size_t i = 0; i < saved_.size(); ++i) {
      Tensor tensor = saved_[i].defined() ? saved_[i].get() : Tensor();
      if (i < input_count_) {
        inputs.push_back(std::move(tensor));
      } else if (i >= 2 * input_count_) {
        masks_around.push_back(std::move(tensor));
      } else if (tensor.defined() && !has_mask(inputs[i - input_count_])) {
        inputs[i - input_count_] = with_mask(inputs[i - input_count_], tensor);
      }
    }
    const RecomputingScope recomputing_scope;
    const detail::CallScope call(nullptr, training_);
    const detail::MaskScope masks(std::move(masks_around));
    const autograd::RecordingScope mode(true);
    core::RandomReplay random("checkpoint", draws_);
    NodesInside inside;
    Tensors outputs = function_(inputs);
    random.finish();
    check_leaves();
    bool same = outputs.size() == output_count();
    for (uint32_t i = 0; same && i < outputs.size(); ++i) {
      same = outputs[i].defined() && outputs[i].shape() == output(i).shape && outputs[i].dtype() == output(i).dtype;
    }
    if (!same) throw AutogradError("checkpoint: the function returns other outputs than the first time");
    std::size_t found = 0, new_leaves = 0;
    for (const Edge& edge : edges_outside(outputs, inside)) {
      contains(edges_, edge) ? ++found : ++new_leaves;
    }
    if (found != edges_.size() || new_leaves != local_leaves_) {
      throw AutogradError("checkpoint: the function depends on other tensors than the first time");
    }
    check_values(outputs);
    return outputs;
  }

  void free_saved() noexcept override {
    function_ = {};
    saved_ = {};
    draws_ = {};
    sketches_ = {};
  }

  Function function_;
  const std::size_t input_count_;
  // The inputs, the mask of each, and those of the inputs of the call that the function was first run in. What is saved
  // has none, but for a leaf that collects gradients.
  std::vector<autograd::Saved> saved_;
  std::vector<Edge> edges_;
  // How many more ends the graph has that are the function's own.
  const std::size_t local_leaves_;
  // Of the leaves among edges_.
  std::vector<uint32_t> versions_;
  std::vector<core::RandomDraw> draws_;
  // Of the outputs that have a derivative.
  std::vector<std::optional<autograd::ValueSketch>> sketches_;
  // What layers are told in the call that the function was first run in.
  const bool training_;
};

// When the function runs again its arguments are leaves, behind which no loss looks: so it is the first time.
Tensors without_logits(const Tensors& arguments) {
  Tensors inputs;
  for (const Tensor& x : arguments) {
    const bool annotated = x.defined() && core::impl(x)->annotation;
    inputs.push_back(annotated ? autograd::masked_as(core::without_annotation(x), x) : x);
  }
  return inputs;
}

}  // namespace

std::vector<Tensor> checkpoint(Function function, const Tensors& arguments) {
  if (!function) throw ValueError("checkpoint: the function is empty");
  const Tensors inputs = without_logits(arguments);
  // A program plans its memory itself, and draws random numbers once in each run.
  if (!autograd::recording || autograd::trace) return function(inputs);
  // The graph of this run shows what the function depends on, and goes.
  core::RandomRecording random;
  std::optional<NodesInside> inside(std::in_place);
  const std::vector<uint32_t> versions = versions_of(inputs);
  Tensors outputs = function(inputs);
  for (const Tensor& output : outputs) core::check_defined("checkpoint", output);
  std::vector<Edge> edges = edges_outside(outputs, *inside);
  inside.reset();
  if (edges.empty()) return outputs;
  check_unchanged(inputs, versions);
  Tensors results;
  std::vector<bool> constant;
  for (const Tensor& output : outputs) {
    results.push_back(autograd::masked_as(autograd::cut_off(output), output));
    constant.push_back(!output.requires_grad());
  }
  outputs.clear();
  autograd::forget_dead_nodes();
  const std::size_t local_leaves = std::erase_if(edges, is_local);
  const auto node = detail::Reference<core::TapeNode>::adopt(new CheckpointNode(
      std::move(function), inputs, results, constant, std::move(edges), local_leaves, random.take()));
  autograd::set_node(results, node);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!constant[i]) continue;
    core::impl(results[i])->node = {};
    core::impl(results[i])->requires_grad = false;
  }
  return results;
}

bool is_recomputing() { return recomputing != 0; }

}  // namespace xtape
