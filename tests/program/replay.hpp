#pragma once

#include <functional>
#include <string>
#include <vector>
#include <xtape/program.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using Tensors = std::vector<xtape::Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

// Bit for bit, but that one NaN is like another.
inline bool identical(const xtape::Tensor& a, const xtape::Tensor& b) {
  using namespace xtape;
  return a.shape() == b.shape() && a.dtype() == b.dtype() && array_equal(isnan(a), isnan(b)) &&
         array_equal(where(isnan(a), 0, a), where(isnan(b), 0, b));
}

// Runs a program three times, each time on new inputs, and what it was captured from on the same.
inline void check_replays(const Function& function, const std::function<Tensors()>& inputs,
                          const xtape::CaptureOptions& options = {}) {
  const xtape::Program program = capture(function, inputs(), options);
  for (int i = 0; i < 3; ++i) {
    const Tensors given = inputs();
    const xtape::RandomState state = xtape::get_random_state();
    const Tensors expected = function(given);
    xtape::set_random_state(state);
    const Tensors results = program(given);
    REQUIRE(results.size() == expected.size());
    for (std::size_t j = 0; j < results.size(); ++j) {
      INFO("run " << i << ", result " << j << " of\n" << program.str());
      CHECK(identical(results[j], expected[j]));
    }
  }
}

// How often a text is in another.
inline int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) ++found;
  return found;
}
