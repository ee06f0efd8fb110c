#include "core/storage.hpp"

#include <new>
#include <utility>

#include "core/allocator.hpp"
#include "core/disposal.hpp"

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
  if (!storage->release) {
    const std::size_t block_bytes = header_bytes + storage->bytes;
    storage->~Storage();
    deallocate(storage, block_bytes);
    return;
  }
  // What releases borrowed memory may own other tensors.
  dispose(storage, [](void* borrowed) {
    auto* storage = static_cast<Storage*>(borrowed);
    if (*storage->release) (*storage->release)();
    delete storage->release;
    storage->~Storage();
    deallocate(storage, header_bytes);
  });
}

}  // namespace xtape::core
