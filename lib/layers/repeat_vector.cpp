#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/repeat_vector.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct RepeatVectorFields {
  int64_t n = 0;
  RepeatVectorOptions options = {};

  void fields(Fields& f) {
    f("n", n);
    options.fields(f);
  }
};

class RepeatVectorImpl : public LayerImpl, public KeepsIntegers {
 public:
  explicit RepeatVectorImpl(RepeatVectorFields given)
      : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    detail::check_at_least(1, "RepeatVector", "n", given_.n);
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) {
    check_rank(x.shape());
    return repeat(x.expand_dims(1), given_.n, 1);
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    check_rank(input_shape);
    return {input_shape[0], given_.n, input_shape[1]};
  }

 private:
  static void check_rank(const Shape& shape) {
    if (shape.rank() != 2) throw ShapeError("expected rank 2 (batch, features), got " + shape.str());
  }

  RepeatVectorFields given_;
};

}  // namespace

void RepeatVectorOptions::fields(Fields& f) { layer_fields(f, *this); }

RepeatVector::RepeatVector(Count n, RepeatVectorOptions options)
    : Layer(make_layer<RepeatVectorImpl>(RepeatVectorFields{n, std::move(options)})) {}

RepeatVector RepeatVector::from_config(const Config& config) {
  auto given = read_fields<RepeatVectorFields>(config, "RepeatVector");
  return RepeatVector(given.n, std::move(given.options));
}

}  // namespace xtape::layers
