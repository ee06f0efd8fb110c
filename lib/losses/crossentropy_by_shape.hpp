#pragma once

#include <memory>
#include <string>
#include <xtape/losses/loss.hpp>

namespace xtape::losses {

// What Keras's compile makes of "crossentropy" and "ce": the cross-entropy that targets and predictions of these shapes
// go with. Called by the name that was given.
std::shared_ptr<LossImpl> crossentropy_by_shape(std::string name);
// Whether it is such a name, in whatever case.
bool is_crossentropy_by_shape(std::string name);

}  // namespace xtape::losses
