#include <limits>
#include <string>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/circle.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "losses/function_loss.hpp"

namespace xtape::losses {
namespace {

constexpr const char* name = "circle";

// One label for each row of embeddings, as whole numbers [rows].
Tensor labels_of(const Tensor& y_true, const Shape& embeddings) {
  if (embeddings.rank() != 2) {
    throw ShapeError(std::string(name) + ": expected embeddings [batch, features], given " + embeddings.str());
  }
  if (y_true.shape() != Shape{embeddings[0]} && y_true.shape() != Shape{embeddings[0], 1}) {
    throw ShapeError(std::string(name) + ": expected labels of shape [" + std::to_string(embeddings[0]) +
                     "] for embeddings " + embeddings.str() + ", given " + y_true.shape().str() +
                     (y_true.shape() == embeddings ? "; of one-hot targets take argmax(y_true, -1)" : ""));
  }
  return detail::whole_numbers(std::string(name) + ": label", y_true.detach()).reshape({embeddings[0]});
}

void check(const char* subject, const CircleOptions& options) {
  detail::check_number(subject, "gamma", options.gamma, detail::Range::finite_and_positive);
  detail::check_number(subject, "margin", options.margin, detail::Range::from_0_to_1);
}

// logsumexp along rows of what is chosen; -infinity where nothing is.
Tensor logsumexp_of(const Tensor& chosen, const Tensor& x) {
  return logsumexp(where(chosen, x, -std::numeric_limits<double>::infinity()), -1);
}

constexpr LossDefinition<CircleOptions> definition = {
    "Circle", name,
    [](const Tensor& y_true, const Tensor& y_pred, const CircleOptions& options) {
      return circle(y_true, y_pred, {}, {}, options);
    },
    [](const Tensor& y_true, const Shape& prediction_shape, const CircleOptions&) {
      labels_of(y_true, prediction_shape);
    }};

CircleOptions checked(CircleOptions options) {
  check("Circle", options);
  return options;
}

}  // namespace

Tensor circle(const Tensor& y_true, const Tensor& y_pred, const Tensor& ref_labels, const Tensor& ref_embeddings,
              const CircleOptions& options) {
  check(name, options);
  detail::check_defined(name, y_true, y_pred);
  if (ref_labels.defined() != ref_embeddings.defined()) {
    throw ValueError(std::string(name) + ": ref_labels and ref_embeddings belong together, given only " +
                     (ref_labels.defined() ? "ref_labels" : "ref_embeddings"));
  }
  const Tensor labels = labels_of(y_true, y_pred.shape()), embeddings = detail::to_floating(y_pred);
  const Tensor others = ref_labels.defined() ? labels_of(ref_labels, ref_embeddings.shape()) : labels;
  const Tensor references = ref_labels.defined() ? ref_embeddings.astype(embeddings.dtype()) : embeddings;

  const Tensor distance = maximum(1 - matmul(embeddings, transpose(references)), 0);
  const Tensor same = labels.expand_dims(-1) == others;
  const Tensor positive =
      options.remove_diagonal ? logical_and(same, eye(distance.shape(0), distance.shape(1), bool_) == 0) : same;
  const Tensor negative = logical_not(same);
  const double gamma = options.gamma, m = options.margin;
  const Tensor near = logsumexp_of(positive, gamma * (distance + m) * (distance - m));
  const Tensor far = logsumexp_of(negative, gamma * maximum(1 + m - distance, 0) * (1 - m - distance));
  // Not by the arithmetic of infinities, whose derivative is no number.
  const Tensor pairs = logical_and(any(positive, -1), any(negative, -1));
  const Tensor values = where(pairs, softplus(near + far), 0);
  return with_mask(values, values > 0);
}

void CircleOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("gamma", gamma)("margin", margin)("remove_diagonal", remove_diagonal);
  f.accept("dtype", {});
}

Circle::Circle(CircleOptions options) : Loss(function_loss(definition, checked(std::move(options)))) {}

}  // namespace xtape::losses
