#pragma once

#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

namespace xtape::test {

// A model with an input that it takes.
struct Example {
  std::string name;
  Model model;
  std::vector<Tensor> x;
};

// Models of all kinds that files have to keep.
std::vector<Example> examples();

// Whether both have the same elements, bit for bit.
bool same(const Tensor& a, const Tensor& b);
bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b);

}  // namespace xtape::test
