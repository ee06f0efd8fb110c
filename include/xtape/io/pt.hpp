#pragma once

#include <string>
#include <xtape/export.hpp>
#include <xtape/io/named_tensors.hpp>

namespace xtape::io {

/// Reads the tensors of a `.pt` or `.pth` file that `torch.save` of PyTorch 1.6 or later wrote, such as a
/// `state_dict()`, under their names; what is in a dict or list has the name of that in front, with a '.' between:
/// `model.0.weight`. No code runs: the file may hold tensors and parameters, dicts, lists and tuples of them, and
/// numbers, texts, truth values, None and sets of these, which are left out. Everything else is refused by its name.
/// Elements are converted as by load_npy, bfloat16 to float32; tensors that share memory there do here.
/// @throws IOError if the file cannot be read; FormatError, naming file, place, expected and found, if it is no such
/// file, damaged or holds something else; ValueError in a build without libzip.
XTAPE_API NamedTensors load_pt(const std::string& path);

}  // namespace xtape::io
