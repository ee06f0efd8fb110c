#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

Calls indexing_calls() {
  return {
      {"take",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {take(x[0], x[1], axis_of(arguments, 0))}; }},
      {"take_along_axis",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {take_along_axis(x[0], x[1], axis_of(arguments, 0))};
       }},
      {"one_hot",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {one_hot(x[0], arguments.integer("classes", 1), float64)};
       }},
  };
}

}  // namespace xtape::test
