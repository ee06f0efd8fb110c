#include <xtape/io/npy.hpp>

#include "io/atomic_file.hpp"
#include "io/elements.hpp"
#include "io/in_call.hpp"
#include "io/mapped_file.hpp"
#include "io/npy_array.hpp"

namespace xtape::io {

Tensor load_npy(const std::string& path) {
  return in_call("load_npy", [&] { return read_npy(MappedFile(path).bytes(), path); });
}

void save_npy(const std::string& path, const Tensor& array) {
  in_call("save_npy", [&] {
    const Tensor contiguous = array.contiguous();
    AtomicFile file(path);
    file.write(as_bytes(npy_header(contiguous)));
    file.write(bytes_of(contiguous));
    file.commit();
  });
}

}  // namespace xtape::io
