#pragma once

#include <string>
#include <utility>
#include <xtape/detail/call_scope.hpp>

#include "autograd/tape_watch.hpp"

namespace xtape::autograd {

// Has nodes that are recorded in calls of layers know in which.
class CallPathWatch final : public TapeWatch {
 public:
  void add(Node& node) override {
    if (std::string path = detail::call_path(); !path.empty()) node.set_call_path(std::move(path));
  }
};

}  // namespace xtape::autograd
