#include "layers/attention_heads.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/variance_scaling.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/argument_checks.hpp"
#include "layers/merge.hpp"
#include "layers/shapes_of.hpp"

namespace xtape::layers {
namespace {

// The shapes of query, value and key of a call with one to three tensors.
struct Shapes {
  explicit Shapes(const std::vector<Shape>& shapes)
      : query(shapes[0]), value(shapes.size() > 1 ? shapes[1] : query), key(shapes.size() > 2 ? shapes[2] : value) {}
  const Shape &query, &value, &key;
};

ShapeError error(const std::string& expected, const std::vector<Shape>& given) {
  const Shapes shapes(given);
  return ShapeError("expected " + expected + ", given query " + shapes.query.str() + ", value " + shapes.value.str() +
                    ", key " + shapes.key.str() + question_of_steps(shapes.query, 3));
}

Shape joined(const Shape& a, const Shape& b) {
  Shape shape = a;
  for (const int64_t length : b) shape.push_back(length);
  return shape;
}

// As scaled_dot_product_attention: numbers to be added to the scores would mean the opposite.
void check_truth(const char* name, DType type) {
  if (!is_floating(type)) return;
  throw DTypeError("expected a bool " + std::string(name) + ", true where a key is seen, given " +
                   std::string(xtape::name(type)) + "; of an additive one take " + name + " == 0");
}

// Whether `mask` has the last lengths of `scores` or 1 in their place, and fewer leading ones, or all.
bool broadcasts(const Shape& mask, const Shape& scores, int last) {
  if (mask.rank() < last || mask.rank() > scores.rank()) return false;
  for (int axis = 0; axis < mask.rank(); ++axis) {
    const int from_end = mask.rank() - axis;
    const int64_t wanted = scores[from_end <= last ? scores.rank() - from_end : axis];
    if (!may_be_equal(mask[axis], wanted) && mask[axis] != 1) return false;
  }
  return true;
}

// [.., heads, queries, keys] times values [.., key_heads, keys, dim], each for its group of heads.
Tensor weighted(const Tensor& weights, const Tensor& value) {
  if (weights.shape(-3) == value.shape(-3)) return matmul(weights, value);
  Shape groups = value.shape(), heads = weights.shape();
  groups[groups.rank() - 2] = weights.shape(-3) / value.shape(-3) * weights.shape(-2);
  groups.back() = weights.shape(-1);
  heads.back() = value.shape(-1);
  return matmul(weights.reshape(groups), value).reshape(heads);
}

}  // namespace

AttentionHeadsImpl::AttentionHeadsImpl(LayerOptions options, AttentionHeads given)
    : LayerImpl(std::move(options)), given_(std::move(given)), random_(given_.seed) {
  detail::check_number(given_.layer, "dropout", given_.dropout, detail::Range::from_0_below_1);
  if (given_.sliding_window) detail::check_at_least(1, given_.layer, "sliding_window", *given_.sliding_window);
  for (const int64_t length : given_.output_shape.shape()) {
    detail::check_at_least(1, given_.layer, "output_shape", length);
  }
}

void AttentionHeadsImpl::build_all(const std::vector<Shape>& given) {
  check_ranks(given);
  const Shapes shapes(given);
  const int64_t query = shapes.query.back(), value = shapes.value.back(), key = shapes.key.back();
  if (query < 1 || value < 1 || key < 1) {
    throw ShapeError("expected inputs [batch, queries, features], given " + shapes.query.str());
  }
  axes_.emplace(given_.attention_axes, shapes.query.rank());
  const Shape out = given_.output_shape.empty() ? Shape{query} : given_.output_shape.shape();
  query_ = add_projection("query", {query}, {given_.heads, given_.key_dim});
  key_ = add_projection("key", {key}, {given_.key_heads, given_.key_dim});
  if (given_.use_gate) gate_ = add_projection("gate", {query}, {given_.heads, given_.value_dim});
  value_ = add_projection("value", {value}, {given_.key_heads, given_.value_dim});
  output_ = add_projection("attention_output", {given_.heads, given_.value_dim}, out);
}

// Keras's projections are layers: "query/kernel" is in "query_dense".
std::string AttentionHeadsImpl::place_of_weight(const Variable& weight) const {
  const std::string projection = weight.name.substr(0, weight.name.find('/'));
  return (projection == "attention_output" ? "output" : projection) + "_dense";
}

AttentionHeadsImpl::Projection AttentionHeadsImpl::add_projection(const std::string& name, const Shape& inputs,
                                                                  const Shape& outputs) {
  Projection projection;
  projection.kernel = add_weight(name + "/kernel", joined(inputs, outputs),
                                 initializers::for_fans(given_.kernel_initializer, inputs.numel(), outputs.numel()),
                                 {.regularizer = given_.kernel_regularizer, .constraint = given_.kernel_constraint});
  if (given_.use_bias) {
    projection.bias = add_weight(name + "/bias", outputs, given_.bias_initializer,
                                 {.regularizer = given_.bias_regularizer, .constraint = given_.bias_constraint});
  }
  return projection;
}

// That of an input, whose features it says nothing about.
Tensor AttentionHeadsImpl::mask_of_places(std::size_t input, const Shape& shape) {
  const Tensor given = mask(input);
  if (!given.defined() || given.rank() < shape.rank()) return given;
  throw ShapeError("expected inputs " + shape.str() + " with a mask of fewer dimensions, given one of " +
                   given.shape().str() + "; with_mask(x, mask) gives x another one");
}

std::vector<Tensor> AttentionHeadsImpl::run(const Arguments<Tensor>& arguments) {
  const Tensor& query = arguments.inputs[0];
  const Tensor& value = arguments.inputs.size() > 1 ? arguments.inputs[1] : query;
  const Tensor& key = arguments.inputs.size() > 2 ? arguments.inputs[2] : value;
  const auto given_or = [&](const char* name, const Tensor& own) {
    const Tensor given = arguments.keyword_tensor(name);
    return given.defined() ? given : own;
  };
  const Tensor query_mask = mask_of_places(0, query.shape());
  const bool with_scores = arguments.flag("return_attention_scores");
  const Masks masks{.query = given_.takes_query_mask ? given_or("query_mask", query_mask) : query_mask,
                    .value = given_or("value_mask", mask_of_places(arguments.inputs.size() > 1 ? 1 : 0, value.shape())),
                    .key = given_or("key_mask", mask_of_places(2, key.shape())),
                    .attention = arguments.keyword_tensor("attention_mask"),
                    .causal = arguments.flag("use_causal_mask")};
  const Result result = compute(query, value, key, masks, with_scores);
  if (!with_scores) return {result.outputs};
  // The mask is that of the outputs, and not of scores that have as many axes.
  return {query_mask.defined() ? with_mask(result.outputs, query_mask) : result.outputs, result.scores};
}

Tensor AttentionHeadsImpl::run_one(const Tensor& x) {
  const Tensor mask = mask_of_places(0, x.shape());
  return compute(x, x, x, {.query = mask, .value = mask}, false).outputs;
}

AttentionHeadsImpl::Result AttentionHeadsImpl::compute(const Tensor& query, const Tensor& value, const Tensor& key,
                                                       const Masks& masks, bool with_scores) {
  const Tensor queries = project(query, query_, given_.heads), keys = project(key, key_, given_.key_heads),
               values = project(value, value_, given_.key_heads);
  const Tensor gate = given_.use_gate ? project(query, gate_, given_.heads, true) : Tensor();
  Result result = attend(axes_->to_rows(queries), axes_->to_rows(keys), axes_->to_rows(values),
                         seen(masks, query.shape(), value.shape()), with_scores);
  result.outputs = join(result.outputs, gate, query.shape());
  if (with_scores && axes_->count() != 1) {
    const Shape places = joined(axes_->attended(query.shape()), axes_->attended(value.shape()));
    result.scores =
        result.scores.reshape(joined(Shape(result.scores.shape().begin(), result.scores.shape().end() - 2), places));
  }
  return result;
}

// [batch, places..., in] -> [batch, places..., heads, dim].
Tensor AttentionHeadsImpl::project(const Tensor& x, const Projection& projection, int64_t heads, bool is_gate) {
  const Tensor bias = projection.bias.defined() ? projection.bias.flatten() : Tensor();
  Shape shape = x.shape();
  shape.back() = heads;
  shape.push_back(projection.kernel.shape(-1));
  const Tensor linear = dense(x.astype(dtype()), projection.kernel.flatten(1), bias).reshape(shape);
  const Tensor projected = is_gate ? sigmoid(linear) : linear;
  add_activity_loss(given_.activity_regularizer, projected);
  return projected;
}

// What broadcasts to [others..., heads, queries, keys]; undefined if all keys are seen.
Tensor AttentionHeadsImpl::seen(const Masks& masks, const Shape& query, const Shape& value) const {
  Tensor all;
  const auto join = [&](const Tensor& mask) { all = all.defined() ? logical_and(all, mask) : mask; };
  if (masks.attention.defined()) {
    Tensor mask = masks.attention.astype(bool_);
    const int places = 2 * static_cast<int>(axes_->count()), others = query.rank() - 1 - places / 2;
    while (mask.rank() < others + 1 + places) mask = mask.expand_dims(mask.rank() - places);
    if (places > 2) {
      const Shape leading(mask.shape().begin(), mask.shape().end() - places);
      const Shape queries = axes_->attended(query), keys = axes_->attended(value);
      mask = broadcast_to(mask, joined(leading, joined(queries, keys)))
                 .reshape(joined(leading, {queries.numel(), keys.numel()}));
    }
    join(mask);
  }
  if (masks.query.defined()) {
    join(axes_->mask_rows(masks.query.astype(bool_), query).expand_dims(-2).expand_dims(-1));
  }
  for (const Tensor& mask : {masks.value, masks.key}) {
    if (mask.defined()) join(axes_->mask_rows(mask.astype(bool_), value).expand_dims(-2).expand_dims(-2));
  }
  if (masks.causal) {
    join(arange(axes_->attended(query)[0]).expand_dims(1) >= arange(axes_->attended(value)[0]).expand_dims(0));
  }
  if (given_.sliding_window) {
    const Tensor queries = arange(axes_->attended(query)[0]), keys = arange(axes_->attended(value)[0]);
    join(abs(queries.expand_dims(1) - keys.expand_dims(0)) < *given_.sliding_window);
  }
  return all;
}

// Of rows of query, key and value. Scores are those without dropout, as in Keras.
AttentionHeadsImpl::Result AttentionHeadsImpl::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                                      const Tensor& mask, bool with_scores) {
  const bool grouped = given_.heads != given_.key_heads, drops = given_.dropout > 0 && training();
  const auto with_dropout = [&](double rate) {
    return grouped ? grouped_query_attention_with_scores(query, key, value, mask, 0, rate)
                   : attention_with_scores(query, key, value, mask, 0, rate);
  };
  if (with_scores) {
    const auto all = with_dropout(0);
    if (!drops) return {all.y, all.scores};
    return {weighted(random_([&] { return dropout(all.scores, given_.dropout); }), value), all.scores};
  }
  if (drops) return {random_([&] { return with_dropout(given_.dropout); }).y, {}};
  if (grouped) return {grouped_query_attention(query, key, value, mask), {}};
  return {scaled_dot_product_attention(query, key, value, mask), {}};
}

// [others..., heads, row, value_dim] -> [batch, places..., out...].
Tensor AttentionHeadsImpl::join(const Tensor& rows, const Tensor& gate, const Shape& query_shape) {
  const Shape places(query_shape.begin(), query_shape.end() - 1),
      out(output_.kernel.shape().begin() + 2, output_.kernel.shape().end());
  const Shape in_a_row = joined(places, {given_.heads * given_.value_dim});
  Tensor heads = axes_->from_rows(rows, query_shape).reshape(in_a_row);
  if (gate.defined()) heads = heads * gate.reshape(in_a_row);
  const Tensor kernel = output_.kernel.reshape({given_.heads * given_.value_dim, out.numel()});
  const Tensor bias = output_.bias.defined() ? output_.bias.flatten() : Tensor();
  const Tensor y = dense(heads, kernel, bias);
  const Tensor outputs = out.rank() == 1 ? y : y.reshape(joined(places, out));
  add_activity_loss(given_.activity_regularizer, outputs);
  return outputs;
}

Shape AttentionHeadsImpl::compute_output_shape(const Shape& query_shape) {
  if (given_.output_shape.empty()) return query_shape;
  return joined(Shape(query_shape.begin(), query_shape.end() - 1), given_.output_shape.shape());
}

void AttentionHeadsImpl::check_ranks(const std::vector<Shape>& given) const {
  if (given.size() > 3) {
    throw ValueError("expected query, value and key, given " + std::to_string(given.size()) + " tensors");
  }
  const Shapes shapes(given);
  const int rank = shapes.query.rank();
  if (given.size() == 1 && rank < 3) {
    throw ShapeError("expected inputs [batch, queries, features], given " + shapes.query.str() +
                     question_of_steps(shapes.query, 3));
  }
  const bool ranks = rank >= 3 && shapes.value.rank() == rank && shapes.key.rank() == rank;
  const std::string expected = "query [batch, queries, features], value and key [batch, keys, features]";
  if (!ranks) throw error(expected, given);
  const AttendedAxes axes(given_.attention_axes, rank);
  const Shape value(shapes.value.begin(), shapes.value.end() - 1), key(shapes.key.begin(), shapes.key.end() - 1);
  if (!axes.fit(shapes.query, shapes.value) || value != key) throw error(expected, given);
}

void AttentionHeadsImpl::check_arguments(const Arguments<Tensor>& arguments) const {
  const std::vector<Shape> given = shapes_of(arguments.inputs);
  check_ranks(given);
  check_masks(arguments, given);
}

std::vector<Shape> AttentionHeadsImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  std::vector<Shape> given;
  for (const Symbol& input : arguments.inputs) given.push_back(input.shape());
  check_masks(arguments, given);
  return LayerImpl::compute_output_shapes(arguments);
}

template <class T>
void AttentionHeadsImpl::check_masks(const Arguments<T>& arguments, const std::vector<Shape>& given) const {
  const Shapes shapes(given);
  const AttendedAxes axes(given_.attention_axes, shapes.query.rank());
  if (given_.sliding_window && axes.count() != 1) {
    throw ValueError("a sliding_window needs an order of places, which there is along one attention axis alone");
  }
  if (arguments.flag("use_causal_mask") && axes.count() != 1) {
    throw ValueError("use_causal_mask needs an order of places, which there is along one attention axis alone");
  }
  if (const T mask = arguments.keyword_tensor("attention_mask"); mask.defined()) {
    const Shape others = axes.others(shapes.query);
    const Shape places = joined(axes.attended(shapes.query), axes.attended(shapes.value));
    if (!broadcasts(mask.shape(), joined(others, places), places.rank()) &&
        !broadcasts(mask.shape(), joined(joined(others, {given_.heads}), places), places.rank())) {
      throw ShapeError("expected attention_mask [batch, queries, keys] " + joined(others, places).str() + ", given " +
                       mask.shape().str());
    }
    check_truth("attention_mask", mask.dtype());
  }
  const auto check_mask = [&](const char* name, const Shape& shape) {
    const T mask = arguments.keyword_tensor(name);
    if (!mask.defined()) return;
    const int rank = mask.shape().rank();
    if (rank < 2 || rank >= shape.rank() || !fits(mask.shape(), Shape(shape.begin(), shape.begin() + rank))) {
      throw ShapeError("expected " + std::string(name) + " of the first lengths of " + shape.str() + ", given " +
                       mask.shape().str());
    }
    check_truth(name, mask.dtype());
  };
  check_mask("query_mask", shapes.query);
  check_mask("value_mask", shapes.value);
  check_mask("key_mask", shapes.key);
}

void AttentionHeadsImpl::check_inputs(const std::vector<Shape>& given) const {
  check_ranks(given);
  const Shapes shapes(given);
  const int64_t built[] = {query_.kernel.shape(0), value_.kernel.shape(0), key_.kernel.shape(0)};
  if (shapes.query.rank() != build_shape().rank()) {
    throw error("the " + std::to_string(build_shape().rank()) + " dimensions it was built for", given);
  }
  if (shapes.query.back() != built[0] || shapes.value.back() != built[1] || shapes.key.back() != built[2]) {
    throw error("the last lengths it was built for, " + std::to_string(built[0]) + " of query, " +
                    std::to_string(built[1]) + " of value and " + std::to_string(built[2]) + " of key",
                given);
  }
}

}  // namespace xtape::layers
