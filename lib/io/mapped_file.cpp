#include "io/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <xtape/error.hpp>

#include "io/regular_file.hpp"

namespace xtape::io {

MappedFile::MappedFile(const std::string& path) {
  check_regular_file(path);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto fail = [&](const std::string& what) {
    const int reason = errno;
    if (file >= 0) ::close(file);
    throw IOError("cannot " + what + " " + path + ": " + std::generic_category().message(reason));
  };
  if (file < 0) fail("open");
  struct stat status;
  if (::fstat(file, &status) != 0) fail("read");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > 0) {
    void* const address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    if (address == MAP_FAILED) fail("map");
    bytes_ = {static_cast<std::byte*>(address), size};
  }
  ::close(file);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace xtape::io
