#include <xtape/detail/numbers.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::initializers {
namespace {

class ConstantImpl : public InitializerImpl {
 public:
  explicit ConstantImpl(double value) : value_(value) {
    detail::check_number("Constant", "value", value, detail::Range::finite);
  }
  Tensor operator()(const Shape& shape, DType dtype) const override { return full(shape, value_, dtype); }
  std::string class_name() const override { return "Constant"; }
  void fields(Fields& f) override { f("value", value_); }

 private:
  double value_;
};

class ZerosImpl : public InitializerImpl {
 public:
  Tensor operator()(const Shape& shape, DType dtype) const override { return zeros(shape, dtype); }
  std::string class_name() const override { return "Zeros"; }
  void fields(Fields&) override {}
};

class OnesImpl : public InitializerImpl {
 public:
  Tensor operator()(const Shape& shape, DType dtype) const override { return ones(shape, dtype); }
  std::string class_name() const override { return "Ones"; }
  void fields(Fields&) override {}
};

}  // namespace

Constant::Constant(double value) : Initializer(std::make_shared<ConstantImpl>(value)) {}
Zeros::Zeros() : Initializer(std::make_shared<ZerosImpl>()) {}
Ones::Ones() : Initializer(std::make_shared<OnesImpl>()) {}

}  // namespace xtape::initializers
