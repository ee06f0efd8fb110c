#pragma once

#include <pthread.h>

#include <functional>
#include <utility>
#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::test {

/// Runs `body` on a thread with a stack of 256 KB, which some thousand nested calls overflow.
inline void on_small_stack(std::function<void()> body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{256} << 10);
  pthread_t thread;
  pthread_create(
      &thread, &attributes,
      [](void* argument) -> void* {
        (*static_cast<std::function<void()>*>(argument))();
        return nullptr;
      },
      &body);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

/// Lets go of the last handle of what may own a long chain.
inline void destroy_on_small_stack(std::vector<Tensor> tensors) {
  on_small_stack([&] { tensors.clear(); });
}

}  // namespace xtape::test
