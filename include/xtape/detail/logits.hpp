#pragma once

#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

// For the library's own files: the logits that hang on probabilities (core/annotation.hpp).
namespace xtape::detail {

/// The functions that a cross-entropy can look behind: softmax along the last axis, and sigmoid.
enum class Probability { softmax, sigmoid };

/// Notes that `function` made `result`, a tensor that nobody else has seen yet, from `logits`, so that a cross-entropy
/// can start from there: better conditioned, and no gradient is lost to clipping. Done whether or not operations are
/// recorded: a loss has one value. The result holds the logits as long as its handle lives. Of logits that are
/// probabilities themselves nothing is noted.
XTAPE_API void attach_logits(const Tensor& result, Probability function, const Tensor& logits);

/// The logits that `function` made x from; undefined if it did not, or if either tensor was changed since.
XTAPE_API Tensor logits_of(const Tensor& x, Probability function);

}  // namespace xtape::detail
