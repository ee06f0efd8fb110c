#pragma once

#include <set>
#include <string>

namespace xtape::test {

// Declared in include/xtape/ops, but not functions of tensors to a tensor, so that they have no row in tests/ops/*_cases.cpp.
inline const std::set<std::string> ops_without_row = {
    // tests/core/creation.cpp
    "tensor", "empty", "zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "arange", "linspace", "eye",
    "rand", "randn", "randint", "randperm", "from_data", "borrow_data",
    // tests/core/comparison.cpp
    "allclose", "array_equal",
    // tests/golden/optimizers.cpp
    "sgd_update", "adam_update", "rmsprop_update", "nadam_update", "adamax_update", "adagrad_update", "adadelta_update",
    "lion_update", "ftrl_update", "lamb_update", "adafactor_update"};

}  // namespace xtape::test
