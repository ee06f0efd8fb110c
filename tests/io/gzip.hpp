#pragma once

#include <zlib.h>

#include <fstream>
#include <iterator>
#include <string>

#include "temporary_folder.hpp"

inline std::string gzip(const std::string& content) {
  const TemporaryFolder folder;
  const std::string path = folder / "content.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
  std::ifstream packed(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(packed), {}};
}
