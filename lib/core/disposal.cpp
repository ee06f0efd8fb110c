#include "core/disposal.hpp"

#include <new>
#include <vector>

namespace xtape::core {
namespace {

struct Dying {
  void* object;
  void (*destroy)(void*);
};

// What waits for the outermost call on this thread; null where there is none.
thread_local std::vector<Dying>* waiting = nullptr;

}  // namespace

void dispose(void* object, void (*destroy)(void*)) noexcept {
  if (waiting) {
    try {
      waiting->push_back({object, destroy});
      return;
    } catch (const std::bad_alloc&) {
      // No memory to wait in: destroyed within the other, which gives memory back.
    }
    destroy(object);
    return;
  }
  std::vector<Dying> list;
  waiting = &list;
  destroy(object);
  while (!list.empty()) {
    const Dying next = list.back();
    list.pop_back();
    next.destroy(next.object);
  }
  waiting = nullptr;
}

}  // namespace xtape::core
