#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

// What a C++ number is worth beside a tensor, by the rules of NumPy 2: comparisons are by value, all else refuses a
// number that the type does not hold.

namespace {

constexpr DType types[] = {bool_, uint8, int32, int64, float32, float64};

struct Number {
  std::string text;
  Scalar scalar;
  long double value;  // exact
  enum Kind { boolean, integer, floating } kind;
};

template <class T>
Number number(const std::string& text, T value) {
  return {text, value, static_cast<long double>(value),
          std::is_same_v<T, bool>       ? Number::boolean
          : std::is_floating_point_v<T> ? Number::floating
                                        : Number::integer};
}

const std::vector<Number>& numbers() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  static const std::vector<Number> all = {
      number("true", true),
      number("false", false),
      number("0", 0),
      number("1", 1),
      number("-1", -1),
      number("3", 3),
      number("-7", int8_t{-7}),
      number("255", 255),
      number("256", 256),
      number("-128", -128),
      number("2^31 - 1", std::numeric_limits<int32_t>::max()),
      number("2^31", int64_t{1} << 31),
      number("-2^31", std::numeric_limits<int32_t>::min()),
      number("-2^31 - 1", int64_t{-2147483649}),
      number("2^63 - 1", std::numeric_limits<int64_t>::max()),
      number("-2^63", std::numeric_limits<int64_t>::min()),
      number("2^63", uint64_t{1} << 63),
      number("2^64 - 1", std::numeric_limits<uint64_t>::max()),
      number("2.5", 2.5),
      number("-0.5", -0.5f),
      number("0.1", 0.1),
      number("300.0", 300.0),
      number("1e20", 1e20),
      number("infinity", infinity),
      number("-infinity", -infinity),
      number("NaN", std::numeric_limits<double>::quiet_NaN()),
  };
  return all;
}

struct Range {
  long double lowest, highest;
};

Range range_of(DType type) {
  const auto limits = []<class T>(T) -> Range {
    return {static_cast<long double>(std::numeric_limits<T>::lowest()),
            static_cast<long double>(std::numeric_limits<T>::max())};
  };
  return type == bool_     ? Range{0, 1}
         : type == uint8   ? limits(uint8_t{})
         : type == int32   ? limits(int32_t{})
         : type == int64   ? limits(int64_t{})
         : type == float32 ? limits(0.f)
                           : limits(0.0);
}

bool is_whole_type(DType type) { return !is_floating(type); }

// Whether an element can be the number.
bool holds(DType type, const Number& number) {
  if (is_floating(type)) return true;
  if (type == bool_) return !std::isnan(number.value);
  const Range range = range_of(type);
  return number.value >= range.lowest && number.value <= range.highest && number.value == std::trunc(number.value);
}

DType type_with(DType type, const Number& number) {
  if (number.kind == Number::floating)
    return type == int32 || type == int64 ? float64 : is_floating(type) ? type : float32;
  return type == bool_ && number.kind == Number::integer ? int64 : type;
}

// As an element of a floating type.
long double rounded(DType type, long double value) {
  return type == float32   ? static_cast<long double>(static_cast<float>(value))
         : type == float64 ? static_cast<long double>(static_cast<double>(value))
                           : value;
}

// Elements that every type has, and where it is not bool, such that sums and products with small numbers fit.
std::vector<long double> elements_of(DType type) {
  if (type == bool_) return {0, 1};
  if (type == uint8) return {0, 1, 5, 200, 255};
  std::vector<long double> elements = {0, 1, 5, -3, 100};
  if (is_floating(type)) elements.insert(elements.end(), {0.25L, std::numeric_limits<float>::infinity()});
  return elements;
}

Tensor tensor_of(DType type) {
  std::vector<double> values;
  for (const long double element : elements_of(type)) values.push_back(static_cast<double>(element));
  return tensor(values).astype(type);
}

// Values, or the error that came instead.
struct Outcome {
  std::string error;
  DType type = float32;
  std::vector<long double> values;
};

template <class T>
std::vector<long double> values_of(const Tensor& x) {
  const std::vector<T> values = x.to_vector<T>();
  return {values.begin(), values.end()};
}

Outcome outcome(const std::function<Tensor()>& operation) {
  try {
    const Tensor y = operation();
    return {"", y.dtype(), is_whole_type(y.dtype()) ? values_of<int64_t>(y) : values_of<double>(y)};
  } catch (const ValueError&) {
    return {"ValueError", float32, {}};
  } catch (const DTypeError&) {
    return {"DTypeError", float32, {}};
  }
}

bool same(long double a, long double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void check(const Outcome& given, const Outcome& expected) {
  CHECK(given.error == expected.error);
  if (!given.error.empty() || given.error != expected.error) return;
  CHECK(given.type == expected.type);
  REQUIRE(given.values.size() == expected.values.size());
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    INFO("element " << i << ": " << given.values[i] << ", expected " << expected.values[i]);
    CHECK(same(given.values[i], expected.values[i]));
  }
}

// An integer whose sums and products of 64-bit integers do not overflow.
using Wide = __int128;

// A formula of an element and a number, in each type that it is worked out in.
struct Formula {
  template <class Value>
  Formula(Value value) : in_float(value), in_double(value), whole(value) {}
  std::function<float(float, float)> in_float;
  std::function<double(double, double)> in_double;
  std::function<Wide(Wide, Wide)> whole;
};

// An integer as an element: modulo the range of its type; of bool its truth.
long double wrapped(DType type, Wide value) {
  if (type == bool_) return value != 0;
  const auto lowest = static_cast<Wide>(range_of(type).lowest), highest = static_cast<Wide>(range_of(type).highest);
  const Wide count = highest - lowest + 1, rest = (value - lowest) % count;
  return static_cast<long double>(lowest + (rest < 0 ? rest + count : rest));
}

// What an operation gives, worked out element by element.
Outcome expected_arithmetic(DType type, const Number& number, bool divides, const Formula& formula) {
  const DType common = type_with(type, number);
  if (!holds(common, number)) return {"ValueError", common, {}};
  const DType floating = common == bool_ || common == uint8 ? float32 : float64;
  const DType result = !divides || is_floating(common) ? common : floating;
  Outcome expected{"", result, {}};
  for (const long double element : elements_of(type)) {
    const long double a = element, b = number.value;
    expected.values.push_back(
        result == float32 ? static_cast<long double>(formula.in_float(static_cast<float>(a), static_cast<float>(b)))
        : result == float64
            ? static_cast<long double>(formula.in_double(static_cast<double>(a), static_cast<double>(b)))
            : wrapped(result, formula.whole(static_cast<Wide>(a), static_cast<Wide>(b))));
  }
  return expected;
}

template <class Body>
void for_all_pairs(const Body& body) {
  for (const DType type : types) {
    for (const Number& number : numbers()) {
      INFO(type << " and " << number.text);
      body(type, number);
    }
  }
}

// NaN if either is, as minimum and maximum have it.
constexpr auto smaller = [](auto a, auto b) { return a != a || b != b ? a + b : std::min(a, b); };
constexpr auto larger = [](auto a, auto b) { return a != a || b != b ? a + b : std::max(a, b); };

}  // namespace

TEST_CASE("arithmetic takes a number by its value or not at all") {
  struct Operation {
    const char* name;
    std::function<Tensor(const Tensor&, Scalar)> run;
    Formula formula;
    bool divides = false;
  };
  const std::vector<Operation> operations = {
      {"x + n", [](const Tensor& x, Scalar n) { return x + n; }, [](auto a, auto b) { return a + b; }},
      {"n + x", [](const Tensor& x, Scalar n) { return n + x; }, [](auto a, auto b) { return a + b; }},
      {"x * n", [](const Tensor& x, Scalar n) { return x * n; }, [](auto a, auto b) { return a * b; }},
      {"x - n", [](const Tensor& x, Scalar n) { return x - n; }, [](auto a, auto b) { return a - b; }},
      {"n - x", [](const Tensor& x, Scalar n) { return n - x; }, [](auto a, auto b) { return b - a; }},
      {"x / n", [](const Tensor& x, Scalar n) { return x / n; }, [](auto a, auto b) { return a / b; }, true},
      {"n / x", [](const Tensor& x, Scalar n) { return n / x; }, [](auto a, auto b) { return b / a; }, true},
      {"minimum", [](const Tensor& x, Scalar n) { return minimum(x, n); }, smaller},
      {"maximum", [](const Tensor& x, Scalar n) { return maximum(x, n); }, larger},
      {"where(.., x, n)", [](const Tensor& x, Scalar n) { return where(zeros(x.shape(), bool_), x, n); },
       [](auto, auto b) { return b; }},
      {"where(.., n, x)", [](const Tensor& x, Scalar n) { return where(zeros(x.shape(), bool_), n, x); },
       [](auto a, auto) { return a; }},
  };
  for (const Operation& operation : operations) {
    INFO(operation.name);
    for_all_pairs([&](DType type, const Number& number) {
      Outcome expected = expected_arithmetic(type, number, operation.divides, operation.formula);
      const bool subtracts = std::string(operation.name).find('-') != std::string::npos;
      if (subtracts && type_with(type, number) == bool_) expected = {"DTypeError", bool_, {}};
      check(outcome([&] { return operation.run(tensor_of(type), number.scalar); }), expected);
    });
  }
}

TEST_CASE("comparisons are by value") {
  struct Comparison {
    const char* name;
    std::function<Tensor(const Tensor&, Scalar)> run;
    std::function<bool(long double, long double)> value;
  };
  const std::vector<Comparison> comparisons = {
      {"<", [](const Tensor& x, Scalar n) { return x < n; }, [](auto a, auto b) { return a < b; }},
      {"<=", [](const Tensor& x, Scalar n) { return x <= n; }, [](auto a, auto b) { return a <= b; }},
      {">", [](const Tensor& x, Scalar n) { return x > n; }, [](auto a, auto b) { return a > b; }},
      {">=", [](const Tensor& x, Scalar n) { return x >= n; }, [](auto a, auto b) { return a >= b; }},
      {"==", [](const Tensor& x, Scalar n) { return x == n; }, [](auto a, auto b) { return a == b; }},
      {"!=", [](const Tensor& x, Scalar n) { return x != n; }, [](auto a, auto b) { return a != b; }},
  };
  for (const Comparison& comparison : comparisons) {
    INFO(comparison.name);
    for_all_pairs([&](DType type, const Number& number) {
      Outcome expected{"", bool_, {}};
      for (const long double element : elements_of(type)) {
        expected.values.push_back(comparison.value(element, rounded(type, number.value)));
      }
      check(outcome([&] { return comparison.run(tensor_of(type), number.scalar); }), expected);
    });
  }
  CHECK(array_equal(tensor({1, 200}, uint8) > -1, tensor({true, true})));
  CHECK(array_equal(tensor({1, 200}, uint8) == 257, tensor({false, false})));
  CHECK(array_equal(tensor({1}, int32) == (int64_t{1} << 32) + 1, tensor({false})));
  CHECK(array_equal(tensor({5}, uint8) < 5.00000001, tensor({true})));
  CHECK(array_equal(tensor({0.1}) == 0.1, tensor({true})));
}

TEST_CASE("tensors are made and filled of numbers that fit") {
  const std::vector<std::pair<const char*, std::function<Tensor(DType, Scalar)>>> makers = {
      {"full", [](DType type, Scalar n) { return full({2}, n, type); }},
      {"full_like", [](DType type, Scalar n) { return full_like(zeros({2}, type), n); }},
      {"fill", [](DType type, Scalar n) { return zeros({2}, type).fill(n); }},
      {"fill of a view",
       [](DType type, Scalar n) {
         return zeros({2, 2}, type).slice(1, {0, 1}).fill(n).flatten();
       }},
      {"pad",
       [](DType type, Scalar n) {
         return pad(zeros({0}, type), {{2, 0}}, n);
       }},
  };
  for (const auto& [name, make] : makers) {
    INFO(name);
    for_all_pairs([&, make = make](DType type, const Number& number) {
      Outcome expected{"", type, {}};
      if (holds(type, number)) {
        const long double element = type == bool_ ? number.value != 0 : rounded(type, number.value);
        expected.values = {element, element};
      } else {
        expected.error = "ValueError";
      }
      check(outcome([&] { return make(type, number.scalar); }), expected);
    });
  }
  CHECK_THROWS_WITH(tensor({1, 300}, uint8),
                    "tensor: the number 300 does not fit into uint8, which holds whole numbers from 0 to 255; take a "
                    "wider type (astype) or another number");
  CHECK_THROWS_WITH(full({2}, 2.5, int32), Contains("full: the number 2.5 does not fit into int32"));
  CHECK_THROWS_WITH(tensor({NAN}, int64), Contains("tensor: the number nan does not fit into int64"));
  CHECK_THROWS_WITH(full({2}, NAN, bool_), Contains("which holds true and false"));
  CHECK_THROWS_WITH(pad(tensor({1}, uint8), {{1, 0}}, -1), Contains("pad: the number -1 does not fit into uint8"));
  CHECK_THROWS_WITH(Tensor(std::numeric_limits<uint64_t>::max()), Contains("18446744073709551615"));
  CHECK_THROWS_AS(linspace(0, 300, 3, uint8), ValueError);
  CHECK(array_equal(linspace(0, 255, 2, uint8), tensor({0, 255}, uint8)));
  CHECK_THROWS_AS(arange(std::numeric_limits<uint64_t>::max()), ValueError);
}

TEST_CASE("a change in place keeps the kind of the type") {
  for_all_pairs([&](DType type, const Number& number) {
    const DType common = type_with(type, number);
    const auto kind = [](DType dtype) { return dtype == bool_ ? 0 : dtype == uint8 ? 1 : is_floating(dtype) ? 3 : 2; };
    const std::string error = !holds(common, number) ? "ValueError" : kind(common) > kind(type) ? "DTypeError" : "";
    const Tensor x = tensor_of(type), before = x.clone();
    CHECK(outcome([&] { return x += number.scalar; }).error == error);
    if (!error.empty()) CHECK(array_equal(x, before));
    CHECK(outcome([&] { return x *= number.scalar; }).error == error);
    const std::string no_division = is_floating(type) ? "" : "DTypeError";
    CHECK(outcome([&] { return x /= number.scalar; }).error == (error.empty() ? no_division : error));
  });
  const Tensor x = tensor({1, 2}, uint8);
  CHECK_THROWS_WITH(x += 300, Contains("+=: the number 300 does not fit into uint8"));
  // As NumPy's same_kind rule for tensors.
  CHECK_THROWS_AS(x += tensor({1, 2}), DTypeError);
  CHECK_THROWS_AS(tensor({true, false}) += tensor({1, 2}), DTypeError);
  CHECK(array_equal(tensor({1, 2}, int32) += tensor({1, 2}), tensor({2, 4}, int32)));
  CHECK(array_equal(x, tensor({1, 2}, uint8)));
}

TEST_CASE("clip keeps whole numbers between whole numbers") {
  for (const DType type : {uint8, int32, int64, float32, float64}) {
    const Tensor y = clip(tensor({1, 50, 200}).astype(type), 2, 100);
    CHECK(y.dtype() == type);
    CHECK(array_equal(y, tensor({2, 50, 100}).astype(type)));
  }
  CHECK(clip(tensor({1, 200}, uint8), 0.5, 100.5).dtype() == float32);
  CHECK(clip(tensor({1, 200}), 0, 100.5).dtype() == float64);
  CHECK(clip(tensor({true}), 0, 1).dtype() == int64);
  CHECK_THROWS_WITH(clip(tensor({1, 200}, uint8), -1, 300), Contains("clip: the number -1 does not fit into uint8"));
  CHECK_THROWS_WITH(clip(tensor({1}), 2, 1), "clip: low must not exceed high, got 2 and 1");
  CHECK_THROWS_AS(clip(tensor({1.5}), NAN, 1), ValueError);
}

TEST_CASE("signs of whole numbers") {
  const Tensor x = tensor({0, 5, 66, 127, 128, 200}, uint8);
  CHECK(array_equal(abs(x), x));
  CHECK(array_equal(sign(x), tensor({0, 1, 1, 1, 1, 1}, uint8)));
  CHECK(array_equal(abs(tensor({-3, 0, 4}, int32)), tensor({3, 0, 4}, int32)));
  CHECK(array_equal(sign(tensor({-3, 0, 4})), tensor({-1, 0, 1})));
  CHECK(array_equal(abs(tensor({true, false})), tensor({true, false})));
  // As NumPy's: modulo 256.
  CHECK(array_equal(-tensor({0, 1, 200}, uint8), tensor({0, 255, 56}, uint8)));
  CHECK_THROWS_WITH(sign(tensor({true})), Contains("sign: bool tensors"));
  CHECK_THROWS_WITH(-tensor({true}), Contains("negative: bool tensors"));
}

TEST_CASE("integers have no negative integer powers") {
  CHECK_THROWS_WITH(power(tensor({1, 2, 3}), -1), Contains("power: integers to negative integer powers"));
  CHECK_THROWS_AS(power(2, tensor({-1, -2})), ValueError);
  CHECK_THROWS_AS(power(tensor({1, 2}, uint8), tensor({1, -1})), ValueError);
  CHECK_THROWS_AS(power(tensor({1, 2}, uint8), -1), ValueError);
  CHECK(array_equal(power(tensor({1, 2, -3}), 3), tensor({1, 8, -27})));
  CHECK(allclose(power(tensor({1, 2}), -1.0), tensor({1.0, 0.5})));
  CHECK(allclose(power(tensor({1.0, 2.0}), -1), tensor({1.0, 0.5})));
  CHECK(power(tensor({2}, uint8), 2.0).dtype() == float32);
}

TEST_CASE("astype is the same on every processor") {
  const double infinity = std::numeric_limits<double>::infinity();
  // Long enough for vectors and what is left over.
  std::vector<double> values;
  std::vector<int64_t> bytes, ints, longs;
  constexpr int64_t int_max = std::numeric_limits<int32_t>::max(), long_max = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 5; ++i) {
    values.insert(values.end(), {NAN, infinity, -infinity, 300.7, -1.5, 3e9, -3e9, 1e19, -1e19, 254.9, -0.9});
    bytes.insert(bytes.end(), {0, 255, 0, 255, 0, 255, 0, 255, 0, 254, 0});
    ints.insert(ints.end(), {0, int_max, -int_max - 1, 300, -1, int_max, -int_max - 1, int_max, -int_max - 1, 254, 0});
    longs.insert(longs.end(), {0, long_max, -long_max - 1, 300, -1, int64_t{3000000000}, int64_t{-3000000000}, long_max,
                               -long_max - 1, 254, 0});
  }
  for (const DType type : {float32, float64}) {
    const Tensor x = tensor(values).astype(type);
    CHECK(array_equal(x.astype(uint8).astype(int64), tensor(bytes)));
    CHECK(array_equal(x.astype(int32).astype(int64), tensor(ints)));
    CHECK(array_equal(x.astype(int64), tensor(longs)));
    CHECK(x.to_vector<int64_t>() == longs);
    CHECK(x[1].item<int32_t>() == std::numeric_limits<int32_t>::max());
    CHECK(array_equal(x.slice(0, {0, 11}).astype(bool_), ones({11}, bool_)));
  }
  // Integers keep their lowest bits, as NumPy's.
  CHECK(array_equal(tensor({-1, 300, 256}).astype(uint8), tensor({255, 44, 0}, uint8)));
  CHECK(array_equal(tensor({int64_t{1} << 32, (int64_t{1} << 31)}).astype(int32),
                    tensor({int64_t{0}, -(int64_t{1} << 31)}).astype(int32)));
}

TEST_CASE("a view is filled in its own type") {
  const Tensor x = zeros({2, 3}, float64);
  x.slice(1, {0, 2}).fill(0.1);
  CHECK(x[{0, 0}].item() == 0.1);
  x.transpose().slice(0, {0, 2}).fill(1e300);
  CHECK(x[{0, 0}].item() == 1e300);
  CHECK(x[{0, 2}].item() == 0);
  const Tensor whole = zeros({2, 3}, int64);
  whole.slice(1, {0, 2}).fill((int64_t{1} << 53) + 1);
  CHECK(whole[{1, 1}].item<int64_t>() == (int64_t{1} << 53) + 1);
  whole.slice(1, {0, 2}).fill(16777217.0);
  CHECK(whole[{0, 0}].item<int64_t>() == 16777217);
}
