#include <xtape/detail/kept_states.hpp>

namespace xtape::layers {

KeepsStates::~KeepsStates() = default;

}  // namespace xtape::layers
