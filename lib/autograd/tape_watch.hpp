#pragma once

#include "autograd/node.hpp"

namespace xtape::autograd {

// Sees the nodes that this thread records, for a scope. Scopes lie in each other; each sees all.
class TapeWatch {
 public:
  TapeWatch(const TapeWatch&) = delete;
  TapeWatch& operator=(const TapeWatch&) = delete;
  // A node that is complete, and whose first owner is about to take it.
  virtual void add(Node& node) = 0;
  // Lets go of nodes that nobody else holds.
  virtual void forget_dead() {}
  TapeWatch* outside() const { return outside_; }

 protected:
  TapeWatch();
  ~TapeWatch();

 private:
  TapeWatch* const outside_;
};

// Has all watches of this thread let go of nodes that nobody else holds.
void forget_dead_nodes();

}  // namespace xtape::autograd
