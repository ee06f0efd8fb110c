#pragma once

#include <string>

#include "io/hdf5/claimed_file.hpp"
#include "io/hdf5/object_header.hpp"

namespace xtape::io::hdf5 {

// Looks through the elements of an array: all are there, and packed ones unpack to as many. @throws FormatError.
void check_array(const Object& object, ClaimedFile& file, const std::string& place);

}  // namespace xtape::io::hdf5
