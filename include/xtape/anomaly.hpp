#pragma once

#include <memory>
#include <xtape/export.hpp>

namespace xtape {
namespace autograd {
class CallPathWatch;
}

/// While an instance lives, each `backward` and `grad` on this thread looks for NaN and infinity in every gradient, which
/// takes about twice as long, and throws an AutogradError that names the operation whose derivative made the first one,
/// with its attributes, the shapes of its inputs and results, and the place:
///
///     backward: the gradient of input 0 of 'log' is inf at [1], where what was given to it is finite; 'log' computed
///     float32 [3] of float32 [3]
///
/// Of operations that were recorded while it lived it names the layers too: `..., in sequential/dense_1`. So it should
/// stand around the forward pass as well. An unknown shape (of an input that needs no gradient and is not saved) is a question mark. Leaves keep the gradients
/// that they had, as after every error.
class XTAPE_API DetectAnomaly {
 public:
  DetectAnomaly();
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;

 private:
  bool before_;
  std::unique_ptr<autograd::CallPathWatch> call_paths_;
};

}  // namespace xtape
