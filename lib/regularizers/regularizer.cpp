#include <typeinfo>
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

namespace xtape::regularizers {
namespace {

struct L1Fields {
  double l1 = 0.01;
  void fields(Fields& f) { f("l1", l1); }
};
struct L2Fields {
  double l2 = 0.01;
  void fields(Fields& f) { f("l2", l2); }
};

}  // namespace

std::shared_ptr<Regularizer> Regularizer::from_name(const std::string& name) {
  if (name == "l1" || name == "L1") return std::make_shared<L1>();
  if (name == "l2" || name == "L2") return std::make_shared<L2>();
  if (name == "l1_l2" || name == "L1L2") return std::make_shared<L1L2>(L1L2Options{.l1 = 0.01, .l2 = 0.01});
  if (name == "orthogonal_regularizer" || name == "OrthogonalRegularizer") {
    return std::make_shared<OrthogonalRegularizer>();
  }
  detail::throw_unknown_name("regularizer", name, {"l1", "l2", "l1_l2", "orthogonal_regularizer"});
}

void Regularizer::fields(Fields&) { throw ValueError("a regularizer of one's own cannot be written"); }

Config to_config(const NameOr<Regularizer>& regularizer) {
  if (!regularizer) return {};
  const Regularizer& object = *regularizer;
  const std::type_info& type = typeid(object);
  if (type != typeid(L1) && type != typeid(L2) && type != typeid(L1L2) && type != typeid(OrthogonalRegularizer)) {
    throw ValueError("a regularizer of one's own cannot be written");
  }
  Config config = Config::dict();
  config.set("module", "keras.regularizers");
  config.set("class_name", type == typeid(L1)     ? "L1"
                             : type == typeid(L2)   ? "L2"
                             : type == typeid(L1L2) ? "L1L2"
                                                    : "OrthogonalRegularizer");
  config.set("config", write_fields(object));
  config.set("registered_name", {});
  return config;
}

void from_config(const Config& config, NameOr<Regularizer>& regularizer) {
  if (config.is_null()) {
    regularizer = nullptr;
    return;
  }
  if (config.is_text()) {
    regularizer = config.text();
    return;
  }
  const std::string& name = config.at("class_name").text();
  const Config& options = config.at("config");
  if (name == "L1") {
    regularizer = L1(read_fields<L1Fields>(options, name).l1);
  } else if (name == "L2") {
    regularizer = L2(read_fields<L2Fields>(options, name).l2);
  } else if (name == "L1L2") {
    regularizer = L1L2(read_fields<L1L2Options>(options, name));
  } else if (name == "OrthogonalRegularizer") {
    regularizer = OrthogonalRegularizer(read_fields<OrthogonalRegularizerOptions>(options, name));
  } else {
    detail::throw_unknown_name("regularizer", name, {"L1", "L2", "L1L2", "OrthogonalRegularizer"});
  }
}

L1L2::L1L2(L1L2Options options) : options_(options) {
  detail::check_number("L1L2", "l1", options_.l1, detail::Range::finite_and_not_negative);
  detail::check_number("L1L2", "l2", options_.l2, detail::Range::finite_and_not_negative);
}

Tensor L1L2::operator()(const Tensor& weight) const {
  if (options_.l1 == 0 && options_.l2 == 0) return zeros({}, weight.dtype());
  if (options_.l1 == 0) return sum(square(weight)) * options_.l2;
  const Tensor absolute = sum(abs(weight)) * options_.l1;
  return options_.l2 == 0 ? absolute : absolute + sum(square(weight)) * options_.l2;
}

OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerOptions options) : options_(std::move(options)) {
  detail::check_number("OrthogonalRegularizer", "factor", options_.factor, detail::Range::finite_and_not_negative);
  if (options_.mode != "rows" && options_.mode != "columns") {
    detail::throw_unknown_name("mode of OrthogonalRegularizer", options_.mode, {"rows", "columns"});
  }
}

Tensor OrthogonalRegularizer::operator()(const Tensor& weight) const {
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

}  // namespace xtape::regularizers
