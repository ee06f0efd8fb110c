#pragma once

#include <string>
#include <xtape/error.hpp>

#include "catch.hpp"

// What `load`, a function of a path, says about a file with this content, its folder's name left out.
template <class Load>
std::string format_error(Load load, const std::string& path) {
  try {
    load(path);
  } catch (const xtape::FormatError& error) {
    std::string text = error.what();
    const auto position = text.find(path);
    REQUIRE(position != std::string::npos);
    return text.replace(position, path.size(), "file");
  }
  return "no error";
}
