#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/xtensor.hpp>
#if __has_include(<xtensor/io/xnpy.hpp>)
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xnpy.hpp>
#endif

#include "golden/cases.hpp"

namespace xtape::test {
namespace {

template <class T>
Tensor copied(const std::string& path) {
  const xt::xarray<T> values = xt::load_npy<T>(path);
  Shape shape;
  for (std::size_t length : values.shape()) shape.push_back(static_cast<int64_t>(length));
  return from_data(values.data(), shape);
}

// The element type in the header: "<f4".
std::string descriptor(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string header(128, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  const std::size_t at = header.find("'descr': '");
  if (!file && file.gcount() < 64) throw IOError("load_npy: cannot read " + path);
  return header.substr(at + 10, 3);
}

}  // namespace

Tensor load_npy(const std::string& path) {
  const std::string type = descriptor(path);
  if (type == "<f4") return copied<float>(path);
  if (type == "<f8") return copied<double>(path);
  if (type == "<i8") return copied<int64_t>(path);
  if (type == "|u1") return copied<uint8_t>(path);
  throw FormatError("load_npy: " + path + " holds " + type);
}

}  // namespace xtape::test
