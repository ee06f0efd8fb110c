#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

Calls linalg_calls() {
  return {
      {"matmul", [](const Tensors& x, const Config&) -> Tensors { return {matmul(x[0], x[1])}; }},
      {"dense",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {dense(x[0], x[1], x[2], arguments.text("activation", "linear"))};
       }},
  };
}

}  // namespace xtape::test
