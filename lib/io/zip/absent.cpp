#include <xtape/error.hpp>

#include "io/mapped_file.hpp"
#include "io/zip.hpp"

namespace xtape::io {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw ValueError(
      what +
      " is a zip archive, and this build of xtape was made without libzip: build with -DXTAPE_WITH_LIBZIP=ON "
      "(Debian: libzip-dev)");
}

}  // namespace

struct ZipReader::Archive {};

ZipReader::ZipReader(const std::string& path) { refuse(path); }
ZipReader::ZipReader(std::span<const std::byte>, const std::string& name_for_errors) { refuse(name_for_errors); }
ZipReader::~ZipReader() = default;
bool ZipReader::contains(std::string_view) const { return false; }
Bytes ZipReader::read(const std::string& name) const { refuse(name); }
Bytes ZipReader::read(const std::string& name, const Check&) const { refuse(name); }
std::optional<Bytes> ZipReader::read_if(const std::string& name, const Wanted&) const { refuse(name); }
ZipReader::Sizes ZipReader::sizes(const std::string& name) const { refuse(name); }
std::string ZipReader::read_text(const std::string& name, uint64_t) const { refuse(name); }

void write_zip(const std::string& path, const std::vector<ZipEntry>&) { refuse(path); }

}  // namespace xtape::io
