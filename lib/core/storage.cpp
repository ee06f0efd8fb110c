#include "core/storage.hpp"

#include <new>
#include <utility>

#include "core/allocator.hpp"

namespace xtape::core {
namespace {

constexpr std::size_t header_bytes = 64;
static_assert(sizeof(Storage) <= header_bytes);

}  // namespace

detail::Reference<Storage> make_storage(std::size_t bytes) {
  void* block = allocate(header_bytes + bytes);
  auto* storage = new (block) Storage;
  storage->bytes = bytes;
  storage->data = static_cast<std::byte*>(block) + header_bytes;
  return detail::Reference<Storage>::adopt(storage);
}

detail::Reference<Storage> borrow_storage(void* data, std::size_t bytes, std::function<void()> release) {
  auto* storage = new (allocate(header_bytes)) Storage;
  storage->bytes = bytes;
  storage->data = static_cast<std::byte*>(data);
  storage->release = new std::function<void()>(std::move(release));
  return detail::Reference<Storage>::adopt(storage);
}

void release_last(Storage* storage) noexcept {
  std::size_t block_bytes = header_bytes + storage->bytes;
  if (storage->release) {
    if (*storage->release) (*storage->release)();
    delete storage->release;
    block_bytes = header_bytes;
  }
  storage->~Storage();
  deallocate(storage, block_bytes);
}

}  // namespace xtape::core
