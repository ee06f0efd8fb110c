#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

#include "io/zip.hpp"

namespace xtape::io {

// The arrays of a `.npz` file, one by one: what is not wanted is not unpacked.
class NpzReader {
 public:
  // @throws as ZipReader, and FormatError, naming the entry, for one that is no `.npy` file by its name.
  explicit NpzReader(const std::string& path);

  // Of the arrays, in the order of the file.
  const std::vector<std::string>& names() const { return names_; }

  struct Array {
    Shape shape;
    Tensor values;  // undefined if it is not wanted
  };
  // The array, if one of that shape is wanted, or else what its head says. @throws as ZipReader::read and read_npy.
  using Wanted = std::function<bool(const Shape& shape)>;
  Array read(std::size_t index, const Wanted& wanted) const;

 private:
  std::string path_;
  ZipReader archive_;
  std::vector<std::string> names_;
};

}  // namespace xtape::io
