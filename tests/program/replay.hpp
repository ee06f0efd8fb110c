#pragma once

#include <functional>
#include <string>
#include <vector>
#include <xtape/program.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/identical.hpp"

using Tensors = std::vector<xtape::Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

using xtape::test::identical;

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
