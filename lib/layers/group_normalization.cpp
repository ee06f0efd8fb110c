#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/group_normalization.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/normalization.hpp>

#include "layers/layer_fields.hpp"
#include "layers/normalized_axes.hpp"

namespace xtape::layers {
namespace {

class GroupNormalizationImpl : public LayerImpl {
 public:
  explicit GroupNormalizationImpl(GroupNormalizationOptions given)
      : LayerImpl(layer_options(given)), given_(std::move(given)) {
    if (given_.groups != -1) detail::check_at_least(1, "GroupNormalization", "groups", given_.groups);
    detail::check_number("GroupNormalization", "epsilon", given_.epsilon, detail::Range::finite_and_not_negative);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    if (input_shape.rank() < 2) throw ShapeError("expected inputs [batch, ..., channels], given " + input_shape.str());
    channels_ = NormalizedAxes::of(given_.axis, input_shape);
    if (channels_.first == 0) throw IndexError("axis 0 is that of the batch, given inputs " + input_shape.str());
    const int64_t channels = channels_.lengths[0];
    if (channels < 1) throw ShapeError("the number of channels must be known, given " + input_shape.str());
    groups_ = given_.groups == -1 ? channels : given_.groups;
    if (channels % groups_ != 0) {
      throw ValueError(std::to_string(groups_) + " groups do not divide " + std::to_string(channels) +
                       " channels, given inputs " + input_shape.str());
    }
    if (given_.scale) {
      gamma_ = add_weight("gamma", {channels}, given_.gamma_initializer,
                          {.regularizer = given_.gamma_regularizer, .constraint = given_.gamma_constraint});
    }
    if (given_.center) {
      beta_ = add_weight("beta", {channels}, given_.beta_initializer,
                         {.regularizer = given_.beta_regularizer, .constraint = given_.beta_constraint});
    }
  }

  Tensor call(const Tensor& x) {
    const Tensor input = x.astype(dtype());
    const int axis = channels_.first, last = x.rank() - 1;
    if (axis == last) return group_norm(input, gamma_, beta_, groups_, given_.epsilon);
    return group_norm(input.transpose(axis, last), gamma_, beta_, groups_, given_.epsilon).transpose(axis, last);
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 protected:
  void check_input(const Shape& shape) const override { channels_.check(shape, build_shape()); }

 private:
  GroupNormalizationOptions given_;
  NormalizedAxes channels_;
  int64_t groups_ = 0;
  Tensor gamma_;
  Tensor beta_;
};

}  // namespace

void GroupNormalizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("groups", groups)("axis", axis)("epsilon", epsilon)("center", center)("scale", scale);
  f("beta_initializer", beta_initializer)("gamma_initializer", gamma_initializer);
  f("beta_regularizer", beta_regularizer)("gamma_regularizer", gamma_regularizer);
  f("beta_constraint", beta_constraint)("gamma_constraint", gamma_constraint);
}

GroupNormalization::GroupNormalization(GroupNormalizationOptions options)
    : Layer(make_layer<GroupNormalizationImpl>(std::move(options))) {}

GroupNormalization GroupNormalization::from_config(const Config& config) {
  return GroupNormalization(read_fields<GroupNormalizationOptions>(config, "GroupNormalization"));
}

}  // namespace xtape::layers
