#include <limits>
#include <sstream>
#include <xtape/ops/creation.hpp>
#include <xtape/tensor.hpp>

#include "catch.hpp"

// The expected texts are NumPy's, str(array).

using namespace xtape;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("an undefined tensor prints as such") { CHECK(Tensor().str() == "undefined"); }

TEST_CASE("scalars print like NumPy's") {
  CHECK(tensor(5).str() == "5");
  CHECK(tensor(true).str() == "True");
  CHECK(tensor(0.1f).str() == "0.1");
  CHECK(tensor(2.0).str() == "2.0");
  CHECK(tensor(-0.0).str() == "-0.0");
  CHECK(tensor(not_a_number).str() == "nan");
  CHECK(tensor(-infinity).str() == "-inf");
  CHECK(tensor(1e15, float64).str() == "1000000000000000.0");
  CHECK(tensor(1e16, float64).str() == "1e+16");
  CHECK(tensor(1.5e-5, float64).str() == "1.5e-05");
  CHECK(tensor(1.0 / 3, float64).str() == "0.3333333333333333");
  CHECK(tensor(1.0 / 3).str() == "0.33333334");
  CHECK(tensor(67108872.0).str() == "67108870.0");
}

TEST_CASE("elements share one width and the shortest digits") {
  CHECK(tensor({1, 20, -3}).str() == "[ 1 20 -3]");
  CHECK(tensor({true, false}).str() == "[ True False]");
  CHECK(tensor({1.0, 2.5, -3.25}).str() == "[ 1.    2.5  -3.25]");
  CHECK(tensor({1.0, 2.0}).str() == "[1. 2.]");
  CHECK(tensor({0.1, 0.2, 0.3}).str() == "[0.1 0.2 0.3]");
  CHECK(tensor({1.0 / 3, 2.0 / 3}).str() == "[0.33333334 0.6666667 ]");
  CHECK(tensor({1.0 / 3, 2.0 / 3}, float64).str() == "[0.33333333 0.66666667]");
  CHECK(tensor({1.0, not_a_number, infinity}).str() == "[ 1. nan inf]");
  CHECK(tensor({1.0, not_a_number, -infinity}).str() == "[  1.  nan -inf]");
  CHECK(tensor({not_a_number, not_a_number}).str() == "[nan nan]");
  CHECK(tensor({0.5, not_a_number}).str() == "[0.5 nan]");
  CHECK(tensor({255, 0, 7}, uint8).str() == "[255   0   7]");
}

TEST_CASE("numbers far apart print in scientific notation") {
  CHECK(tensor({1e-5, 1.0}).str() == "[1.e-05 1.e+00]");
  CHECK(tensor({1e8, 1.0}).str() == "[1.e+08 1.e+00]");
  CHECK(tensor({1.0, 1000.0}).str() == "[   1. 1000.]");
  CHECK(tensor({1.0, 1001.0}).str() == "[1.000e+00 1.001e+03]");
  CHECK(tensor({1e-100, 1.0}, float64).str() == "[1.e-100 1.e+000]");
  CHECK(tensor({1e-10, not_a_number, -infinity}, float64).str() == "[1.e-10    nan   -inf]");
  CHECK(tensor({1.0 / 3, 1e9 / 7}).str() == "[3.3333334e-01 1.4285714e+08]");
  CHECK(tensor({0.0, 123456789.0}, float64).str() == "[0.00000000e+00 1.23456789e+08]");
}

TEST_CASE("dimensions nest") {
  CHECK(zeros({0}).str() == "[]");
  CHECK(zeros({2, 0, 3}).str() == "[]");
  CHECK(tensor({{1, 2}, {30, 4}}).str() == "[[ 1  2]\n [30  4]]");
  CHECK(arange(8).reshape({2, 2, 2}).str() ==
        "[[[0 1]\n"
        "  [2 3]]\n"
        "\n"
        " [[4 5]\n"
        "  [6 7]]]");
  CHECK(arange(4).reshape({2, 1, 1, 2}).str() == "[[[[0 1]]]\n\n\n [[[2 3]]]]");
}

TEST_CASE("long rows wrap at 75 characters") {
  CHECK(arange(30).str() ==
        "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
        " 24 25 26 27 28 29]");
  CHECK(arange(60).reshape({2, 30}).str() ==
        "[[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
        "  24 25 26 27 28 29]\n"
        " [30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53\n"
        "  54 55 56 57 58 59]]");
}

TEST_CASE("more than 1000 elements are summarized") {
  CHECK(arange(1001).str() == "[   0    1    2 ...  998  999 1000]");
  CHECK(arange(2000).reshape({2, 1000}).str() ==
        "[[   0    1    2 ...  997  998  999]\n"
        " [1000 1001 1002 ... 1997 1998 1999]]");
  CHECK(zeros({1000, 2}).str() ==
        "[[0. 0.]\n"
        " [0. 0.]\n"
        " [0. 0.]\n"
        " ...\n"
        " [0. 0.]\n"
        " [0. 0.]\n"
        " [0. 0.]]");
  CHECK(arange(1200).reshape({8, 50, 3}).slice(0, {0, std::nullopt, 7}).str().find("...") == std::string::npos);
}

TEST_CASE("views print their own elements, and streams take the text") {
  const Tensor x = arange(6).reshape({2, 3});
  CHECK(x.transpose().str() == "[[0 3]\n [1 4]\n [2 5]]");
  CHECK(x.slice(1, {.step = -2}).str() == "[[2 0]\n [5 3]]");
  std::ostringstream stream;
  stream << x[1];
  CHECK(stream.str() == "[3 4 5]");
}
