#pragma once

#include <xtape/config.hpp>

namespace xtape::saving {

// What a model with named outputs (`{"a": x, "b": y}`) was compiled with, where losses, their weights or metrics are
// lists: Keras takes lists in the alphabetical order of such names, xtape in that of the outputs. Both take dicts by
// name.
enum class OrderOfLists { of_outputs, alphabetical };

// The configuration of a model with what it was compiled with, in which such lists, which have that order, are dicts.
Config with_named_outputs(const Config& config, OrderOfLists order);

}  // namespace xtape::saving
