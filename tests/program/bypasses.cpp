#include <map>
#include <set>

#include "replay.hpp"
#include "support/ops_without_row.hpp"

// No public operation makes or changes elements unseen: a program that is run again would not do it.
using namespace xtape;

namespace {

using Make = std::function<Tensor(const Tensor& x)>;

// What makes tensors of no others, or changes them: what tests/ops/captured.cpp has no rows for.
const std::map<std::string, Make> operations = {
    {"zeros", [](const Tensor&) { return zeros({2, 3}); }},
    {"ones", [](const Tensor&) { return ones({2, 3}, float64); }},
    {"full", [](const Tensor&) { return full({2, 3}, 1.5); }},
    {"zeros_like", [](const Tensor& x) { return zeros_like(x); }},
    {"ones_like", [](const Tensor& x) { return ones_like(x); }},
    {"full_like", [](const Tensor& x) { return full_like(x, 7); }},
    {"arange", [](const Tensor&) { return arange(1, 7, 2); }},
    {"linspace", [](const Tensor&) { return linspace(0, 1, 5); }},
    {"eye", [](const Tensor&) { return eye(3, 4); }},
    {"rand", [](const Tensor&) { return rand({2, 3}); }},
    {"randn", [](const Tensor&) { return randn({2, 3}); }},
    {"randint", [](const Tensor&) { return randint(0, 100, {2, 3}); }},
    {"randperm", [](const Tensor&) { return randperm(6); }},
    {"tensor", [](const Tensor&) { return tensor({1.0, 2.0}); }},
    {"from_data",
     [](const Tensor&) {
       const std::vector<float> numbers{1, 2, 3};
       return from_data(numbers.data(), {3});
     }},
    {"dropout", [](const Tensor& x) { return dropout(x, 0.5); }},
};

using Change = std::function<void(const Tensor& y, const Tensor& x)>;
const std::map<std::string, Change> changes = {
    {"fill", [](const Tensor& y, const Tensor&) { y.fill(2); }},
    {"assign", [](const Tensor& y, const Tensor& x) { y.assign(x); }},
    {"+=", [](const Tensor& y, const Tensor& x) { y += x; }},
    {"-=", [](const Tensor& y, const Tensor& x) { y -= x; }},
    {"*=", [](const Tensor& y, const Tensor& x) { y *= x; }},
    {"/=", [](const Tensor& y, const Tensor& x) { y /= x; }},
    {"+= number", [](const Tensor& y, const Tensor&) { y += 2; }},
    {"-= number", [](const Tensor& y, const Tensor&) { y -= 2; }},
    {"*= number", [](const Tensor& y, const Tensor&) { y *= 2; }},
    {"/= number", [](const Tensor& y, const Tensor&) { y /= 2; }},
};

}  // namespace

TEST_CASE("what creates tensors is an operation or a constant of a program, and runs again") {
  for (const auto& [name, make] : operations) {
    INFO(name);
    // The result of one run, changed by its owner, is none of the next one's business.
    const Function function = [&make = make](const Tensors& x) -> Tensors {
      const Tensor y = make(x[0]);
      return {y, y.clone()};
    };
    const auto inputs = [] { return Tensors{randn({2, 3})}; };
    check_replays(function, inputs);
    const Program program = capture(function, inputs());
    const RandomState state = get_random_state();
    const Tensors first = program(inputs());
    first[0].fill(0);
    set_random_state(state);
    CHECK(identical(program(inputs())[0], first[1]));
  }
}

TEST_CASE("changes in place are operations of a program, on views and variables too") {
  for (const auto& [name, change] : changes) {
    INFO(name);
    check_replays(
        [&change = change](const Tensors& x) -> Tensors {
          const Tensor y = x[0].clone(), rows = x[0].clone();
          change(y, x[1]);
          change(rows.slice(1, {0, 2}), x[1].slice(1, {1, 3}));
          return {y, rows};
        },
        [] {
          return Tensors{randn({2, 3}), randn({2, 3})};
        });
    const Tensor variable = ones({2, 3}), expected = ones({2, 3});
    const Tensor x = randn({2, 3});
    const Program program = capture(
        [&change = change, &variable](const Tensors& given) -> Tensors {
          change(variable, given[0]);
          return {};
        },
        {x});
    CHECK(array_equal(variable, ones({2, 3})));
    for (int i = 0; i < 2; ++i) program({x}), change(expected, x);
    CHECK(array_equal(variable, expected));
  }
}

TEST_CASE("every operation is replayed by a test") {
  // Those with a row in tests/ops/*_cases.cpp are in tests/ops/captured.cpp.
  const std::set<std::string> elsewhere = {
      // a truth, not a tensor: values cannot be read while a function is captured
      "allclose", "array_equal",
      // elements that no operation has made, which are refused by name: program.cpp
      "empty",
      // the memory of somebody else: given_tensors.cpp
      "borrow_data",
      // program.cpp, tests/models/jit_compile.cpp, tests/golden/optimizers.cpp
      "sgd_update", "adam_update", "rmsprop_update", "nadam_update", "adamax_update", "adagrad_update",
      "adadelta_update", "lion_update", "ftrl_update", "lamb_update", "adafactor_update"};
  for (const std::string& name : test::ops_without_row) {
    INFO(name << " needs a row in `operations`");
    CHECK((operations.contains(name) || elsewhere.contains(name)));
  }
}
