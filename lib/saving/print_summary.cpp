#include <algorithm>
#include <cstdint>
#include <iostream>
#include <xtape/detail/postponed_weights.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model.hpp>
#include <xtape/saving/inspect.hpp>

#include "saving/config_problems.hpp"
#include "saving/file_limits.hpp"
#include "saving/release.hpp"

// Apart from inspect, so that a program that lists arrays alone is not linked with all layers.
namespace xtape::saving {

void print_summary(const FileContents& contents) { print_summary(contents, std::cout); }

void print_summary(const FileContents& contents, std::ostream& out) {
  if (contents.config.is_null()) throw ValueError("print_summary: the file holds weights alone");
  int64_t held = 0;
  for (const auto& [name, array] : contents.weights) {
    held += array.numel() * std::max<int64_t>(static_cast<int64_t>(size_of(array.dtype())), 4);
  }
  // No initial values are drawn: the weights are seen by their shapes alone.
  const detail::PostponedWeights postponed;
  within_limits_of("print_summary", held, [&] {
    const Config config = translated(contents.config, release_of(contents.keras_version));
    const models::Model model = model_of(config, "print_summary");
    if (!model.built()) throw ValueError("print_summary: the model is not built: it has no Input", model.name());
    model.summary(out);
  });
}

}  // namespace xtape::saving
