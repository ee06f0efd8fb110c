#include <algorithm>
#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/linalg.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

// Whether each length is that of `target`, or 1.
bool broadcasts_to(const Shape& shape, const Shape& target) {
  return std::equal(shape.begin(), shape.end(), target.begin(), target.end(),
                    [](int64_t length, int64_t wanted) { return length == wanted || length == 1; });
}

struct MultiHeadAttentionFields {
  int64_t num_heads = 0;
  int64_t key_dim = 0;
  MultiHeadAttentionOptions options = {};

  void fields(Fields& f) {
    f("num_heads", num_heads)("key_dim", key_dim);
    options.fields(f);
  }
};

// Called with one to three tensors: the query, the value, which is the query by default, and the key, which is the
// value.
class MultiHeadAttentionImpl : public LayerImpl {
 public:
  explicit MultiHeadAttentionImpl(MultiHeadAttentionFields given)
      : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    detail::check_at_least(1, "MultiHeadAttention", "num_heads", given_.num_heads);
    detail::check_at_least(1, "MultiHeadAttention", "key_dim", given_.key_dim);
    detail::check_at_least(1, "MultiHeadAttention", "value_dim", options().value_dim.value_or(1));
    detail::check_at_least(1, "MultiHeadAttention", "output_shape", options().output_shape.value_or(1));
    detail::check_number("MultiHeadAttention", "dropout", options().dropout, detail::Range::from_0_below_1);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override { build_all({input_shape}); }

  void build_all(const std::vector<Shape>& shapes) override {
    check_ranks(shapes);
    const auto& [query, value, key] = Lengths(shapes);
    if (query < 1 || value < 1 || key < 1) {
      throw ShapeError("expected inputs [batch, queries, features], given " + shapes[0].str());
    }
    const int64_t heads = given_.num_heads, key_dim = given_.key_dim;
    const int64_t value_dim = options().value_dim.value_or(key_dim), out = options().output_shape.value_or(query);
    query_ = add_projection("query", {query, heads, key_dim}, {heads, key_dim});
    key_ = add_projection("key", {key, heads, key_dim}, {heads, key_dim});
    value_ = add_projection("value", {value, heads, value_dim}, {heads, value_dim});
    output_ = add_projection("attention_output", {heads, value_dim, out}, {out});
  }

  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override {
    const Tensor& query = arguments.inputs[0];
    const Tensor& value = arguments.inputs.size() > 1 ? arguments.inputs[1] : query;
    const Tensor& key = arguments.inputs.size() > 2 ? arguments.inputs[2] : value;
    const Heads heads{to_heads(query, query_), to_heads(key, key_), to_heads(value, value_),
                      mask_of(query, key, arguments)};
    if (!arguments.flag("return_attention_scores")) return {attend(heads)};
    const AttentionResult<Tensor> all = attend_with_scores(heads);
    return {all.outputs, all.scores};
  }

  Tensor run_one(const Tensor& x) override {
    return attend({to_heads(x, query_), to_heads(x, key_), to_heads(x, value_), {}});
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& query_shape) override {
    return {query_shape[0], query_shape[1], options().output_shape.value_or(query_shape[2])};
  }

 protected:
  void check_arguments(const Arguments<Tensor>& arguments) const override {
    std::vector<Shape> shapes;
    for (const Tensor& input : arguments.inputs) shapes.push_back(input.shape());
    check_ranks(shapes);
    const Tensor mask = arguments.keyword_tensor("attention_mask");
    if (!mask.defined()) return;
    const Shape& key = shapes.size() > 1 ? shapes[1] : shapes[0];
    const Shape scores = {shapes[0][0], shapes[0][1], key[1]};
    if (!broadcasts_to(mask.shape(), scores)) {
      throw ShapeError("expected attention_mask [batch, queries, keys] " + scores.str() + ", given " +
                       mask.shape().str());
    }
    // As scaled_dot_product_attention: numbers to be added to the scores would mean the opposite.
    if (is_floating(mask.dtype())) {
      throw DTypeError("expected a bool attention_mask, true where a key is seen, given " +
                       std::string(xtape::name(mask.dtype())) + "; of an additive one take attention_mask == 0");
    }
  }

  void check_inputs(const std::vector<Shape>& shapes) const override {
    check_ranks(shapes);
    const Lengths given(shapes);
    const int64_t built[] = {query_.kernel.shape(0), value_.kernel.shape(0), key_.kernel.shape(0)};
    if (given.query != built[0] || given.value != built[1] || given.key != built[2]) {
      throw error("the last lengths it was built for, " + std::to_string(built[0]) + " of query, " +
                      std::to_string(built[1]) + " of value and " + std::to_string(built[2]) + " of key",
                  shapes);
    }
  }

 private:
  struct Projection {
    Tensor kernel;
    Tensor bias;
  };
  // query [batch, heads, queries, key_dim], key and value likewise; mask as scaled_dot_product_attention takes it.
  struct Heads {
    Tensor query;
    Tensor key;
    Tensor value;
    Tensor mask;
  };
  // The last lengths of the inputs.
  struct Lengths {
    explicit Lengths(const std::vector<Shape>& shapes)
        : query(shapes[0].back()),
          value(shapes.size() > 1 ? shapes[1].back() : query),
          key(shapes.size() > 2 ? shapes[2].back() : value) {}
    int64_t query, value, key;
  };

  const MultiHeadAttentionOptions& options() const { return given_.options; }

  static ShapeError error(const std::string& expected, const std::vector<Shape>& shapes) {
    const Shape& value = shapes.size() > 1 ? shapes[1] : shapes[0];
    const Shape& key = shapes.size() > 2 ? shapes[2] : value;
    return ShapeError("expected " + expected + ", given query " + shapes[0].str() + ", value " + value.str() +
                      ", key " + key.str());
  }

  static void check_ranks(const std::vector<Shape>& shapes) {
    if (shapes.size() > 3) {
      throw ValueError("expected query, value and key, given " + std::to_string(shapes.size()) + " tensors");
    }
    if (shapes.size() == 1) {
      if (shapes[0].rank() == 3) return;
      throw ShapeError("expected inputs [batch, queries, features], given " + shapes[0].str());
    }
    const Shape& query = shapes[0];
    const Shape& value = shapes[1];
    const Shape& key = shapes.size() > 2 ? shapes[2] : value;
    const bool ranks = query.rank() == 3 && key.rank() == 3 && value.rank() == 3;
    if (!ranks || query[0] != key[0] || query[0] != value[0] || key[1] != value[1]) {
      throw error("query [batch, queries, features], value and key [batch, keys, features]", shapes);
    }
  }

  Projection add_projection(const std::string& name, const Shape& kernel_shape, const Shape& bias_shape) {
    Projection projection;
    projection.kernel =
        add_weight(name + "/kernel", kernel_shape, options().kernel_initializer,
                   {.regularizer = options().kernel_regularizer, .constraint = options().kernel_constraint});
    if (options().use_bias) {
      projection.bias =
          add_weight(name + "/bias", bias_shape, options().bias_initializer,
                     {.regularizer = options().bias_regularizer, .constraint = options().bias_constraint});
    }
    return projection;
  }

  // [batch, n, in] -> [batch, heads, n, dim].
  Tensor to_heads(const Tensor& x, const Projection& projection) const {
    const Tensor kernel = projection.kernel.flatten(1);
    const Tensor bias = projection.bias.defined() ? projection.bias.flatten() : Tensor();
    return dense(x.astype(dtype()), kernel, bias)
        .reshape({x.shape(0), x.shape(1), given_.num_heads, -1})
        .transpose(1, 2);
  }

  // Undefined if all keys are seen.
  static Tensor mask_of(const Tensor& query, const Tensor& key, const Arguments<Tensor>& arguments) {
    Tensor mask = arguments.keyword_tensor("attention_mask");
    if (mask.defined()) {
      mask = mask.expand_dims(1).astype(bool_);
    }
    if (!arguments.flag("use_causal_mask")) return mask;
    const Tensor causal = arange(query.shape(1)).expand_dims(1) >= arange(key.shape(1));
    return mask.defined() ? logical_and(mask, causal) : causal;
  }

  // [batch, heads, queries, value_dim] -> [batch, queries, out].
  Tensor join(const Tensor& heads) const {
    const Tensor joined = heads.transpose(1, 2).reshape({heads.shape(0), heads.shape(2), -1});
    return dense(joined, output_.kernel.reshape({-1, output_.kernel.shape(-1)}), output_.bias);
  }

  Tensor attend(const Heads& heads) const {
    if (options().dropout > 0 && training()) return attend_with_scores(heads).outputs;
    return join(scaled_dot_product_attention(heads.query, heads.key, heads.value, heads.mask));
  }

  AttentionResult<Tensor> attend_with_scores(const Heads& heads) const {
    const double scale = 1 / std::sqrt(static_cast<double>(given_.key_dim));
    Tensor products = matmul(heads.query * scale, heads.key.transpose(-2, -1));
    if (heads.mask.defined()) products = where(heads.mask, products, -INFINITY);
    Tensor scores = softmax(products);
    // A query that sees no key attends to nothing, where the softmax is no number.
    if (heads.mask.defined()) scores = where(heads.mask, scores, 0);
    const Tensor kept = options().dropout > 0 && training() ? dropout(scores, options().dropout) : scores;
    return {join(matmul(kept, heads.value)), scores};
  }

  MultiHeadAttentionFields given_;
  Projection query_;
  Projection key_;
  Projection value_;
  Projection output_;
};

Arguments<Tensor> attention_arguments(const Tensor& query, const Tensor& value, const AttentionArguments<Tensor>& given,
                                      bool return_scores) {
  Arguments<Tensor> arguments{.inputs = {query, value}};
  if (given.key.defined()) arguments.inputs.push_back(given.key);
  if (given.attention_mask.defined()) arguments.keywords.push_back({"attention_mask", {given.attention_mask}});
  if (given.use_causal_mask) arguments.settings.push_back({"use_causal_mask", true});
  if (return_scores) arguments.settings.push_back({"return_attention_scores", true});
  arguments.training = given.training;
  return arguments;
}

}  // namespace

void MultiHeadAttentionOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("value_dim", value_dim)("dropout", dropout)("use_bias", use_bias)("output_shape", output_shape);
  f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
  f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f.accept("attention_axes", {}).accept("flash_attention", {}).accept("activity_regularizer", {});
  f.accept("seed", {}).accept("use_gate", false);
}

MultiHeadAttention::MultiHeadAttention(Count num_heads, Count key_dim, MultiHeadAttentionOptions options)
    : Layer(make_layer<MultiHeadAttentionImpl>(MultiHeadAttentionFields{num_heads, key_dim, std::move(options)})) {}

Tensor MultiHeadAttention::operator()(const Tensor& query, const Tensor& value,
                                      const AttentionArguments<Tensor>& arguments) const {
  return run(attention_arguments(query, value, arguments, false)).front();
}

AttentionResult<Tensor> MultiHeadAttention::with_scores(const Tensor& query, const Tensor& value,
                                                        const AttentionArguments<Tensor>& arguments) const {
  const std::vector<Tensor> all = run(attention_arguments(query, value, arguments, true));
  return {all[0], all[1]};
}

MultiHeadAttention MultiHeadAttention::from_config(const Config& config) {
  auto given = read_fields<MultiHeadAttentionFields>(config, "MultiHeadAttention");
  return MultiHeadAttention(given.num_heads, given.key_dim, std::move(given.options));
}

}  // namespace xtape::layers
