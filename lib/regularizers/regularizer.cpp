#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/regularizers/regularizer.hpp>

#include "config/classes.hpp"

namespace xtape::regularizers {
namespace {

class L1L2Impl : public RegularizerImpl {
 public:
  // `class_name` is one that has these fields alone.
  L1L2Impl(const char* class_name, L1L2Options options) : class_name_(class_name), options_(options) {
    detail::check_number("L1L2", "l1", options_.l1, detail::Range::finite_and_not_negative);
    detail::check_number("L1L2", "l2", options_.l2, detail::Range::finite_and_not_negative);
  }

  Tensor operator()(const Tensor& weight) const override {
    if (options_.l1 == 0 && options_.l2 == 0) return zeros({}, weight.dtype());
    if (options_.l1 == 0) return sum(square(weight)) * options_.l2;
    const Tensor absolute = sum(abs(weight)) * options_.l1;
    return options_.l2 == 0 ? absolute : absolute + sum(square(weight)) * options_.l2;
  }

  std::string class_name() const override { return class_name_; }

  void fields(Fields& f) override {
    if (class_name_ != "L2") f("l1", options_.l1);
    if (class_name_ != "L1") f("l2", options_.l2);
  }

 private:
  std::string class_name_;
  L1L2Options options_;
};

class OrthogonalRegularizerImpl : public RegularizerImpl {
 public:
  explicit OrthogonalRegularizerImpl(OrthogonalRegularizerOptions options) : options_(std::move(options)) {
    detail::check_number("OrthogonalRegularizer", "factor", options_.factor, detail::Range::finite_and_not_negative);
    if (options_.mode != "rows" && options_.mode != "columns") {
      detail::throw_unknown_name("mode of OrthogonalRegularizer", options_.mode, {"rows", "columns"});
    }
  }

  Tensor operator()(const Tensor& weight) const override {
    if (weight.rank() != 2) {
      throw ShapeError("OrthogonalRegularizer: expected a matrix, given " + weight.shape().str());
    }
    const Tensor rows = normalize(options_.mode == "rows" ? weight : weight.transpose());
    const int64_t count = rows.shape(0);
    if (count < 2) return zeros({}, weight.dtype());
    const Tensor cosines = matmul(rows, rows.transpose()) * (1 - eye(count, -1, rows.dtype()));
    // Each pair occurs twice.
    const double pairs = static_cast<double>(count) * static_cast<double>(count - 1) / 2;
    return sum(abs(cosines)) * (options_.factor / (2 * pairs));
  }

  std::string class_name() const override { return "OrthogonalRegularizer"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  OrthogonalRegularizerOptions options_;
};

struct L1Fields {
  double l1 = 0.01;
  void fields(Fields& f) { f("l1", l1); }
};
struct L2Fields {
  double l2 = 0.01;
  void fields(Fields& f) { f("l2", l2); }
};

using Entry = config::Class<Regularizer>;

constexpr Entry entries[] = {
    {"L1", [] { return Regularizer(L1()); },
     [](const Config& options, const std::string& name) {
       return Regularizer(L1(read_fields<L1Fields>(options, name).l1));
     }},
    {"L2", [] { return Regularizer(L2()); },
     [](const Config& options, const std::string& name) {
       return Regularizer(L2(read_fields<L2Fields>(options, name).l2));
     }},
    {"L1L2", [] { return Regularizer(L1L2({.l1 = 0.01, .l2 = 0.01})); },
     [](const Config& options, const std::string& name) {
       return Regularizer(L1L2(read_fields<L1L2Options>(options, name)));
     },
     "l1_l2"},
    config::class_of<Regularizer, OrthogonalRegularizer, OrthogonalRegularizerOptions>("OrthogonalRegularizer"),
};

}  // namespace

std::shared_ptr<RegularizerImpl> RegularizerImpl::make(const std::string& name) {
  return config::find_class(entries, "regularizer", name).make().pointer();
}

Config serialize(const Regularizer& regularizer) {
  return config::serialize(regularizer.pointer().get(), "keras.regularizers");
}

Regularizer deserialize(const Config& config) {
  return config::deserialize<Regularizer>(entries, "regularizer", config);
}

L1L2::L1L2(L1L2Options options) : Regularizer(std::make_shared<L1L2Impl>("L1L2", options)) {}
L1::L1(double l1) : Regularizer(std::make_shared<L1L2Impl>("L1", L1L2Options{.l1 = l1})) {}
L2::L2(double l2) : Regularizer(std::make_shared<L1L2Impl>("L2", L1L2Options{.l2 = l2})) {}

OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerOptions options)
    : Regularizer(std::make_shared<OrthogonalRegularizerImpl>(std::move(options))) {}

}  // namespace xtape::regularizers
