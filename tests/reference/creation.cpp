#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

Calls creation_calls() {
  return {
      {"clone", [](const Tensors& x, const Config&) -> Tensors { return {x[0].clone()}; }},
      {"contiguous", [](const Tensors& x, const Config&) -> Tensors { return {x[0].contiguous()}; }},
      // There and back.
      {"astype", [](const Tensors& x, const Config&) -> Tensors { return {x[0].astype(float32).astype(float64)}; }},
  };
}

}  // namespace xtape::test
