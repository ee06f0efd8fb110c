// Stands in for the library's allocator where a program is linked with --wrap for its functions: each block ends
// at a page that cannot be touched, or begins behind one (XTAPE_GUARD=before), and is not handed out again at once.
// So the tests of operations and layers show whether a kernel reads or writes beside its arrays, in all their shapes.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/storage.hpp"
#include "guarded_memory.hpp"

namespace {

using xtape::testing::Guard;
using xtape::testing::GuardedMemory;

// Of the kernel's memory maps, of which a process has 65530, each block takes three: so many in use, so many waiting.
constexpr std::size_t most_guarded = 10'000;
// Of one length, freed ones wait for so many others before they are used again. To map one and to let it go takes the
// system 20 us, the time of dozens of small operations. Long ones, which are few, are not kept.
constexpr std::size_t waiting_of_a_length = 100, longest_kept = 1 << 16;

class Blocks {
 public:
  // Never destroyed: tensors in static storage are freed after main has returned.
  static Blocks& instance() {
    static auto* blocks = new Blocks;
    return *blocks;
  }

  void* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (guarded_.size() >= most_guarded) {
      void* const block = std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment);
      return block ? block : throw std::bad_alloc();
    }
    // As aligned as a block can be that ends with the page: a kernel must not ask for more of an array that may be a
    // part of another one.
    const std::size_t aligned = std::min(bytes > 0 ? bytes & -bytes : alignment, alignment);
    auto memory = kept(bytes, aligned);
    void* block = memory->data();
    guarded_.emplace(block, std::move(memory));
    return block;
  }

  void deallocate(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = guarded_.find(block);
    if (found == guarded_.end()) return std::free(block);
    if (!found->second->intact()) {
      std::fputs("a block of memory was written beside\n", stderr);
      std::abort();
    }
    auto memory = std::move(found->second);
    guarded_.erase(found);
    if (memory->inside() > longest_kept || waiting_count_ == most_guarded) return;
    memory->clear();
    ++waiting_count_;
    waiting_[memory->inside()].push_back(std::move(memory));
  }

 private:
  static constexpr std::size_t alignment = 64;

  std::unique_ptr<GuardedMemory> kept(std::size_t bytes, std::size_t aligned) {
    const auto found = waiting_.find(GuardedMemory::inside(bytes, aligned));
    if (found == waiting_.end() || found->second.size() < waiting_of_a_length)
      return std::make_unique<GuardedMemory>(bytes, guard_, aligned);
    auto memory = std::move(found->second.front());
    found->second.pop_front();
    --waiting_count_;
    memory->use(bytes, guard_, aligned);
    return memory;
  }

  Blocks() {
    if (const char* side = std::getenv("XTAPE_GUARD"))
      guard_ = std::string_view(side) == "before" ? Guard::before : Guard::behind;
  }

  Guard guard_ = Guard::behind;
  std::mutex mutex_;
  std::unordered_map<void*, std::unique_ptr<GuardedMemory>> guarded_;
  std::unordered_map<std::size_t, std::deque<std::unique_ptr<GuardedMemory>>> waiting_;  // by the bytes inside
  std::size_t waiting_count_ = 0;
};

}  // namespace

// xtape::core::make_storage(std::size_t). The elements of a tensor have a block of their own: with the header in front
// of them, which is aligned, they could neither begin behind a page nor, where their bytes are odd, end at one.
xtape::detail::Reference<xtape::core::Storage> make_guarded_storage(std::size_t bytes) __asm__(
    "__wrap__ZN5xtape4core12make_storageEm");
xtape::detail::Reference<xtape::core::Storage> make_guarded_storage(std::size_t bytes) {
  void* elements = Blocks::instance().allocate(bytes);
  return xtape::core::borrow_storage(elements, bytes, [elements] { Blocks::instance().deallocate(elements); });
}

// xtape::core::allocate(std::size_t) and xtape::core::deallocate(void*, std::size_t).
extern "C" {
void* __wrap__ZN5xtape4core8allocateEm(std::size_t bytes) { return Blocks::instance().allocate(bytes); }
void __wrap__ZN5xtape4core10deallocateEPvm(void* block, std::size_t) noexcept {
  if (block) Blocks::instance().deallocate(block);
}
}
