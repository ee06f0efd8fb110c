#include <vector>
#include <xtape/xtape.hpp>
#include <xtape/xtensor.hpp>

#include "catch.hpp"

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>
#endif

using namespace xtape;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

}  // namespace

TEST_CASE("an expression is evaluated into a tensor") {
  const xt::xarray<double> a{{1, 2, 3}, {4, 5, 6}};
  const Tensor x = from_xtensor(2 * a + xt::xtensor<double, 1>{10, 20, 30});
  CHECK(x.dtype() == float64);
  CHECK(x.shape() == Shape{2, 3});
  CHECK(numbers(x) == std::vector<double>{12, 24, 36, 18, 30, 42});
  CHECK(numbers(from_xtensor(xt::view(a, xt::all(), xt::range(0, 3, 2)))) == std::vector<double>{1, 3, 4, 6});
  CHECK(numbers(from_xtensor(xt::transpose(a))) == std::vector<double>{1, 4, 2, 5, 3, 6});
  CHECK(from_xtensor(a > 2.0).dtype() == bool_);
  CHECK(from_xtensor(xt::cast<uint8_t>(a)).dtype() == uint8);
  CHECK(from_xtensor(xt::xarray<double>(3.5)).shape() == Shape{});
  CHECK(from_xtensor(xt::xarray<float>::from_shape({0, 4})).shape() == Shape{0, 4});
}

TEST_CASE("a container is copied, unless it is moved") {
  xt::xarray<float> a{{1, 2}, {3, 4}};
  const float* address = a.data();
  const Tensor copy = from_xtensor(a);
  CHECK(copy.data<const float>() != address);
  const Tensor moved = from_xtensor(std::move(a));
  CHECK(moved.data<const float>() == address);
  CHECK(numbers(moved) == std::vector<double>{1, 2, 3, 4});

  xt::xtensor<int64_t, 1> fixed_rank{7, 8};
  const int64_t* fixed_address = fixed_rank.data();
  CHECK(from_xtensor(std::move(fixed_rank)).data<const int64_t>() == fixed_address);
}

TEST_CASE("column-major containers come out in the same order of indices") {
  const xt::xarray<double, xt::layout_type::column_major> a{{1, 2, 3}, {4, 5, 6}};
  CHECK(numbers(from_xtensor(a)) == std::vector<double>{1, 2, 3, 4, 5, 6});
  auto moved = a;
  CHECK(numbers(from_xtensor(std::move(moved))) == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a tensor is read and written through xtensor without a copy") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  const auto reading = as_xtensor<const double>(x);
  CHECK(reading(1, 2) == 6);
  CHECK(xt::sum(reading)() == 21);
  CHECK(&reading(0, 0) == x.data<const double>());
  auto writing = as_xtensor<double>(x);
  writing *= 10;
  CHECK(reading(1, 2) == 60);
  writing = reading + xt::xtensor<double, 1>{1, 2, 3};
  CHECK(numbers(x) == std::vector<double>{11, 22, 33, 41, 52, 63});
  xt::noalias(writing) = 2 * reading;
  CHECK(numbers(x) == std::vector<double>{22, 44, 66, 82, 104, 126});
  writing(0, 1) = -1;
  CHECK(x[{0, 1}].item() == -1);
  CHECK(numbers(from_xtensor(as_xtensor<const double>(x))) == numbers(x));
}

TEST_CASE("views with gaps, transposes and steps backwards keep to their elements") {
  const Tensor x = arange(12).astype(float32).reshape({3, 4});
  const Tensor columns = x[{Slice{}, Slice{0, 2}}];
  auto left = as_xtensor<float>(columns);
  auto right = as_xtensor<const float>(x[{Slice{}, Slice{2, 4}}]);
  xt::noalias(left) = right;
  CHECK(numbers(x) == std::vector<double>{2, 3, 2, 3, 6, 7, 6, 7, 10, 11, 10, 11});
  left = -right;
  left += right * 3;
  CHECK(numbers(x) == std::vector<double>{4, 6, 2, 3, 12, 14, 6, 7, 20, 22, 10, 11});
  CHECK(numbers(from_xtensor(as_xtensor<const float>(x.transpose()))) == numbers(x.transpose()));

  const Tensor backwards = x.slice(1, {.step = -1}).slice(0, {.step = -2});
  CHECK(numbers(from_xtensor(as_xtensor<const float>(backwards))) == numbers(backwards));
  as_xtensor<float>(backwards) = xt::ones<float>({2, 4});
  CHECK(numbers(x) == std::vector<double>{1, 1, 1, 1, 12, 14, 6, 7, 1, 1, 1, 1});

  const Tensor repeated = tensor({1.0, 2.0}).broadcast_to({2, 2});
  CHECK(numbers(from_xtensor(as_xtensor<const float>(repeated) * 1.0f)) == std::vector<double>{1, 2, 1, 2});
  CHECK(as_xtensor<const float>(zeros({2, 0})).size() == 0);
  CHECK(as_xtensor<const float>(tensor(2.5))() == 2.5f);
}

TEST_CASE("views and copies of them keep the tensor's memory") {
  const auto kept = [] {
    const auto view = as_xtensor<const float>(full({100}, 3));
    auto copy = view;
    return copy;
  }();
  CHECK(xt::sum(kept)() == 300);
}

TEST_CASE("writing access counts as a change of the tensor") {
  const Tensor x = ones({3}).set_requires_grad();
  const Tensor saved = x * 2;
  const Tensor y = (saved * saved).sum();
  as_xtensor<const float>(saved);
  y.backward({}, {.retain_graph = true});
  CHECK(numbers(x.grad()) == std::vector<double>{8, 8, 8});
  CHECK_THROWS_AS(as_xtensor<float>(saved), AutogradError);
  as_xtensor<float>(saved.detach()) = xt::zeros<float>({3});
  CHECK_THROWS_AS(y.backward(), AutogradError);
  CHECK_THROWS_AS(as_xtensor<const double>(x), DTypeError);
}
