#include <sys/resource.h>

#include <xtape/layers/conv.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/pooling.hpp>
#include <xtape/memory.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/creation.hpp>

#include "address_sanitizer.hpp"
#include "catch.hpp"

using namespace xtape;

TEST_CASE("predict leaves nothing in memory but its result") {
  Sequential model{layers::Dense(64, {.activation = "relu", .input_shape = {32}}), layers::Dense(16)};
  const Tensor x = ones({100, 32});
  const int64_t before = memory_statistics().allocated_bytes;
  Tensor y = model.predict(x, {.verbose = 0});
  const int64_t result = y.numel() * 4;
  CHECK(memory_statistics().allocated_bytes - before >= result);
  CHECK(memory_statistics().allocated_bytes - before < 2 * result);
  y = Tensor();
  CHECK(memory_statistics().allocated_bytes == before);
}

#if !defined(XTAPE_ADDRESS_SANITIZER)
namespace {

int64_t page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

}  // namespace

TEST_CASE("predict passes two buffers back and forth, and asks the system for memory once") {
  constexpr int64_t batch = 64, width = 256;
  Sequential model;
  model.add(layers::Dense(width, {.activation = "relu", .input_shape = {width}}));
  for (int i = 0; i < 9; ++i) model.add(layers::Dense(width, {.activation = "tanh"}));
  const Tensor x = ones({batch, width});

  empty_cache();
  const MemoryStatistics before = memory_statistics();
  Tensor y = model.predict(x, {.batch_size = batch, .verbose = 0});
  const MemoryStatistics first = memory_statistics();
  const int64_t fetched = first.allocated_bytes + first.cached_bytes - before.allocated_bytes - before.cached_bytes;
  const int64_t activation = batch * width * 4;
  CHECK(fetched >= 2 * activation);
  CHECK(fetched < 3 * activation);
  y = Tensor();

  for (int call = 0; call < 3; ++call) model.predict(x, {.batch_size = batch, .verbose = 0});
  CHECK(memory_statistics().system_allocations == first.system_allocations);
}

TEST_CASE("training asks the system for no memory once it is warm") {
  const Tensor images = rand({256, 16, 16, 1}), labels = randint(0, 10, {256});
  Sequential model{layers::Conv2D(16, 3, {.activation = "relu", .input_shape = {16, 16, 1}}),
                   layers::MaxPooling2D(2),
                   layers::Dropout(0.25),
                   layers::Flatten(),
                   layers::Dense(128, {.activation = "relu"}),
                   layers::Dense(10, {.activation = "softmax"})};
  model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(images, labels, {.batch_size = 32, .epochs = 2, .verbose = 0});

  const int64_t allocations = memory_statistics().system_allocations, faults = page_faults();
  constexpr int64_t epochs = 20, steps = epochs * 256 / 32;
  model.fit(images, labels, {.batch_size = 32, .epochs = epochs, .verbose = 0});
  // A step works on some 200 pages in 100 blocks. Now and then threads need a block at the same time that one after
  // the other had used before.
  CHECK(memory_statistics().system_allocations - allocations < steps / 10);
  CHECK(page_faults() - faults < 4 * steps);
}
#endif
