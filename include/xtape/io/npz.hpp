#pragma once

#include <string>
#include <xtape/export.hpp>
#include <xtape/io/named_tensors.hpp>

namespace xtape::io {

/// Reads arrays that NumPy saved (`numpy.savez`, `numpy.savez_compressed`), by their names, with what load_npy reads in
/// each.
/// @throws as load_npy; ValueError in a build without libzip.
XTAPE_API NamedTensors load_npz(const std::string& path);

/// Writes arrays as `numpy.savez` does: `save_npz("arrays.npz", {{"x", x}, {"y", y}})`. A file that is there is
/// replaced when the new one is whole.
/// @throws IOError if it cannot be written; ValueError for an undefined tensor, a name that is empty or given twice,
/// and in a build without libzip.
XTAPE_API void save_npz(const std::string& path, const NamedTensors& arrays);

}  // namespace xtape::io
