#include <xtape/error.hpp>

#include "io/hdf5.hpp"

namespace xtape::io {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw ValueError(what +
                   " is an HDF5 file, and this build of xtape was made without HDF5: build with -DXTAPE_WITH_HDF5=ON "
                   "(Debian: libhdf5-dev)");
}

}  // namespace

ArrayGroup read_hdf5(const std::string& path) { refuse(path); }
ArrayGroup read_hdf5_image(std::span<const std::byte>, const std::string& name_for_errors, uint64_t) {
  refuse(name_for_errors);
}
void check_hdf5_signature(std::span<const std::byte>, const std::string& name_for_errors) { refuse(name_for_errors); }
Content hdf5_content(const ArrayGroup&) { refuse("what is to be written"); }

}  // namespace xtape::io
