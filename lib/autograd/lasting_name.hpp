#pragma once

#include <string>

namespace xtape::autograd {

// The name, kept forever: nodes are named in error messages after they have freed what they captured.
const char* lasting_name(const std::string& name);

}  // namespace xtape::autograd
