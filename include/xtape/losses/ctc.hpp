#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// ctc_loss (ops/ctc.hpp) of labels y_true [batch, labels], whole numbers in [1, classes) padded with 0 at the end, and
/// logits y_pred [batch, time, classes], of which class 0 is that of blanks and all steps count: one value per sample.
/// @throws ShapeError if shapes do not fit; ValueError for a 0 in front of a label, and for labels that have no room in
/// the steps, of which there must be one for each and one between two equal ones; as ctc_loss.
XTAPE_API Tensor ctc(const Tensor& y_true, const Tensor& y_pred);

/// ctc, reduced.
class XTAPE_API CTC : public Loss {
 public:
  explicit CTC(LossOptions options = {});
};

}  // namespace xtape::losses
