#include <memory>
#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/identity.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::initializers {
namespace {

class IdentityImpl : public InitializerImpl {
 public:
  explicit IdentityImpl(double gain) : gain_(gain) {
    detail::check_number("Identity", "gain", gain, detail::Range::finite);
  }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    if (shape.rank() != 2) throw ShapeError("Identity: expected 2 dimensions, given " + shape.str());
    return eye(shape[0], shape[1], dtype) * gain_;
  }
  std::string class_name() const override { return "Identity"; }
  void fields(Fields& f) override { f("gain", gain_); }

 private:
  double gain_;
};

}  // namespace

Identity::Identity(double gain) : Initializer(std::make_shared<IdentityImpl>(gain)) {}

}  // namespace xtape::initializers
