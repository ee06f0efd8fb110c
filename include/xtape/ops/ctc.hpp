#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Connectionist temporal classification: -log of the probability that `output` spells `target`, one value per sample
/// [batch]. A sequence of classes, one for each step, spells what is left of it when runs of a class are taken as one
/// and blanks are taken out. Source: Graves et al., Connectionist temporal classification, 2006.
///
/// `target` [batch, labels] has whole numbers in [0, classes), of which the first `target_length` [batch] count; those
/// are not to be `mask_index`, the class of blanks. `output` [batch, time, classes] are logits, of which the first
/// `output_length` [batch] steps count. A target that has no room in its steps, labels and a blank between equal ones,
/// has the loss infinity and the gradient 0. Only `output` has a gradient; integers become floating.
/// @throws ShapeError if shapes do not fit; IndexError for a label, length or mask_index out of range, ValueError for
/// one that is not a whole number: each names the first one and its position.
XTAPE_API Tensor ctc_loss(const Tensor& target, const Tensor& output, const Tensor& target_length,
                          const Tensor& output_length, int64_t mask_index = 0);

}  // namespace xtape
