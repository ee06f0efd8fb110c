#include <xtape/ops/image.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

Calls image_calls() {
  return {
      {"resize",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {resize(x[0], arguments.integers("size"),
                        {arguments.text("interpolation", "bilinear"), arguments.flag("antialias", false)})};
       }},
      {"upsample",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {upsample(x[0], arguments.integers("factors"), arguments.text("interpolation", "nearest"))};
       }},
  };
}

}  // namespace xtape::test
