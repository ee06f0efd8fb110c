#pragma once

#include <string>

namespace xtape::detail {

/// A value with its name: `{"title", x}`.
template <class Value>
struct Named {
  std::string name;
  Value value;
};

}  // namespace xtape::detail
