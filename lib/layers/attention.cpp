#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/attention.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/linalg.hpp>

#include "layers/argument_checks.hpp"
#include "layers/layer_fields.hpp"
#include "layers/noise.hpp"

namespace xtape::layers {
namespace {

// Called with query, value and perhaps key.
class SequenceAttentionImpl : public LayerImpl {
 public:
  void build_all(const std::vector<Shape>& shapes) override {
    check_inputs(shapes);  // of a call of one tensor, and of symbols
    add_weights(shapes[0].back());
  }

  std::vector<detail::RandomStream*> random_streams() override { return random_.streams(); }

  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override {
    const std::vector<Tensor>& inputs = arguments.inputs;
    const Tensor &query = inputs[0], &value = inputs[1], &key = inputs.size() > 2 ? inputs[2] : value;
    const auto given_or = [&](const char* name, std::size_t input) {
      const Tensor given = arguments.keyword_tensor(name);
      return given.defined() ? given : mask_of_steps(mask(input), inputs[input].shape());
    };
    const Tensor query_mask = given_or("query_mask", 0), value_mask = given_or("value_mask", 1);
    const Tensor seen = attention_mask({.key = value_mask, .causal = arguments.flag("use_causal_mask")}, query.shape(1),
                                       value.shape(1));
    const double rate = training() ? dropout_ : 0;
    const auto attending = [&] { return attend(scores(query, key), value, seen, rate); };
    const auto result = rate > 0 ? random_(attending) : attending();
    Tensor y = result.y;
    if (query_mask.defined()) {
      y = where(query_mask.astype(bool_).expand_dims(-1), y, 0);
      // It is the result's, and not that of scores, which have as many axes.
      y = with_mask(y, query_mask.astype(bool_));
    }
    if (!arguments.flag("return_attention_scores")) return {y};
    return {y, result.scores};
  }

  Tensor run_one(const Tensor&) override { throw ValueError(number_of_tensors(1)); }

  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override {
    check_masks(arguments);
    return LayerImpl::compute_output_shapes(arguments);
  }

 protected:
  SequenceAttentionImpl(LayerOptions options, const char* layer, double dropout, std::optional<uint64_t> seed)
      : LayerImpl(std::move(options)), dropout_(dropout), random_(seed) {
    converts_integers();
    detail::check_number(layer, "dropout", dropout, detail::Range::from_0_below_1);
  }

  void check_arguments(const Arguments<Tensor>& arguments) const override {
    std::vector<Shape> shapes;
    for (const Tensor& input : arguments.inputs) shapes.push_back(input.shape());
    check_inputs(shapes);
    check_masks(arguments);
  }

  void check_inputs(const std::vector<Shape>& shapes) const override {
    if (shapes.size() != 2 && shapes.size() != 3) throw ValueError(number_of_tensors(shapes.size()));
    const Shape &query = shapes[0], &value = shapes[1], &key = shapes.size() > 2 ? shapes[2] : value;
    const bool ranks = query.rank() == 3 && value.rank() == 3 && key.rank() == 3;
    const auto agree = [](int64_t a, int64_t b) { return a == b || a == -1 || b == -1; };
    if (ranks && agree(query[0], value[0]) && agree(query[0], key[0]) && agree(value[1], key[1]) &&
        agree(query[2], key[2])) {
      return;
    }
    throw ShapeError(
        "expected query [batch, queries, dim], value [batch, keys, value_dim] and key [batch, keys, dim], "
        "given query " +
        query.str() + ", value " + value.str() + ", key " + key.str() + question_of_steps(query, 3));
  }

 private:
  static std::string number_of_tensors(std::size_t given) {
    return "expected query and value, or query, value and key, given " + std::to_string(given) +
           (given == 1 ? " tensor" : " tensors");
  }

  template <class T>
  static void check_masks(const Arguments<T>& arguments) {
    const auto check = [&](const char* name, const char* axes, const Shape& input) {
      const T mask = arguments.keyword_tensor(name);
      if (mask.defined()) check_argument(name, axes, {input[0], input[1]}, mask.shape());
    };
    check("query_mask", "[batch, queries]", arguments.inputs[0].shape());
    check("value_mask", "[batch, keys]", arguments.inputs[1].shape());
  }

  virtual void add_weights(int64_t dim) = 0;
  virtual Tensor scores(const Tensor& query, const Tensor& key) const = 0;

  const double dropout_;
  LayerRandom random_;
};

class AttentionImpl : public SequenceAttentionImpl {
 public:
  explicit AttentionImpl(AttentionOptions given)
      : SequenceAttentionImpl(layer_options(given), "Attention", given.dropout, given.seed), given_(std::move(given)) {
    if (given_.score_mode != "dot" && given_.score_mode != "concat") {
      detail::throw_unknown_name("score_mode of Attention", given_.score_mode, {"dot", "concat"});
    }
  }

  void fields(Fields& f) override { given_.fields(f); }

 private:
  void add_weights(int64_t) override {
    if (given_.use_scale) scale_ = add_weight("scale", {}, "ones");
    if (given_.score_mode == "concat") concat_score_weight_ = add_weight("concat_score_weight", {}, "ones");
  }

  Tensor scores(const Tensor& query, const Tensor& key) const override {
    if (given_.score_mode == "dot") {
      const Tensor products = matmul(query, key.transpose(-2, -1));
      return scale_.defined() ? products * scale_ : products;
    }
    // scale * (query + key), without the sum of all pairs in memory once more.
    const Tensor sums = scale_.defined() ? additive_attention_scores(query * scale_, key * scale_)
                                         : additive_attention_scores(query, key);
    return sums * concat_score_weight_;
  }

  AttentionOptions given_;
  Tensor scale_;
  Tensor concat_score_weight_;
};

class AdditiveAttentionImpl : public SequenceAttentionImpl {
 public:
  explicit AdditiveAttentionImpl(AdditiveAttentionOptions given)
      : SequenceAttentionImpl(layer_options(given), "AdditiveAttention", given.dropout, given.seed),
        given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

 private:
  void add_weights(int64_t dim) override {
    if (!given_.use_scale) return;
    if (dim < 1) throw ShapeError("the last length of the query must be known");
    scale_ = add_weight("scale", {dim}, "glorot_uniform");
  }

  Tensor scores(const Tensor& query, const Tensor& key) const override {
    return additive_attention_scores(query, key, scale_);
  }

  AdditiveAttentionOptions given_;
  Tensor scale_;
};

template <class T>
Arguments<T> general(const T& query, const T& value, const SequenceAttentionArguments<T>& given, bool return_scores) {
  return general_arguments(query, value,
                           {.key = given.key,
                            .query_mask = given.query_mask,
                            .value_mask = given.value_mask,
                            .training = given.training,
                            .use_causal_mask = given.use_causal_mask},
                           return_scores);
}

}  // namespace

void AttentionOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("use_scale", use_scale)("score_mode", score_mode)("dropout", dropout)("seed", seed);
}

void AdditiveAttentionOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("use_scale", use_scale)("dropout", dropout)("seed", seed);
}

Tensor SequenceAttention::operator()(const Tensor& query, const Tensor& value,
                                     const SequenceAttentionArguments<Tensor>& arguments) const {
  return run(general(query, value, arguments, false)).front();
}

Symbol SequenceAttention::operator()(const Symbol& query, const Symbol& value,
                                     const SequenceAttentionArguments<Symbol>& arguments) const {
  return run(general(query, value, arguments, false)).front();
}

AttentionResult<Tensor> SequenceAttention::with_scores(const Tensor& query, const Tensor& value,
                                                       const SequenceAttentionArguments<Tensor>& arguments) const {
  const std::vector<Tensor> all = run(general(query, value, arguments, true));
  return {all[0], all[1]};
}

AttentionResult<Symbol> SequenceAttention::with_scores(const Symbol& query, const Symbol& value,
                                                       const SequenceAttentionArguments<Symbol>& arguments) const {
  const std::vector<Symbol> all = run(general(query, value, arguments, true));
  return {all[0], all[1]};
}

Attention::Attention(AttentionOptions options) : SequenceAttention(make_layer<AttentionImpl>(std::move(options))) {}

Attention Attention::from_config(const Config& config) {
  return Attention(read_fields<AttentionOptions>(config, "Attention"));
}

AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions options)
    : SequenceAttention(make_layer<AdditiveAttentionImpl>(std::move(options))) {}

AdditiveAttention AdditiveAttention::from_config(const Config& config) {
  return AdditiveAttention(read_fields<AdditiveAttentionOptions>(config, "AdditiveAttention"));
}

}  // namespace xtape::layers
