#pragma once

#include "autograd/node.hpp"

namespace xtape::autograd {

// Sees the nodes that this thread records, for a scope. Scopes lie in each other; each sees all.
class TapeWatch {
 public:
  TapeWatch(const TapeWatch&) = delete;
  TapeWatch& operator=(const TapeWatch&) = delete;
  virtual void add(const detail::Reference<core::TapeNode>& node) = 0;
  TapeWatch* outside() const { return outside_; }

 protected:
  TapeWatch() : outside_(tape_watch) { tape_watch = this; }
  ~TapeWatch() { tape_watch = outside_; }

 private:
  TapeWatch* const outside_;
};

}  // namespace xtape::autograd
