#pragma once

#include <string>

namespace xtape::callbacks {

/// The shortest text that is read back as the same number, as Python writes it: 0.05, 1.0, 1e-05, nan, -inf. It does
/// not depend on the locale.
std::string number_text(double value);

}  // namespace xtape::callbacks
