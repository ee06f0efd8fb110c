#pragma once

#include <string>

namespace xtape::callbacks {

/// A number as Keras logs it: 0.9021, up to 1e-3 as a power of ten.
std::string log_number(double value);

}  // namespace xtape::callbacks
