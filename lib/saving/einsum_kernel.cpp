#include "saving/einsum_kernel.hpp"

#include <cstddef>
#include <string>

namespace xtape::saving {

EinsumKernel einsum_kernel(const layers::LayerImpl& layer) {
  std::string equation = layer.get_config().at("equation").text();
  std::erase(equation, ' ');
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  const std::string taken = equation.substr(0, comma), kernel = equation.substr(comma + 1, arrow - comma - 1),
                    made = equation.substr(arrow + 2);
  const auto has = [](const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; };
  const auto is_summed = [&](char letter) { return has(taken, letter) && !has(made, letter); };
  const auto is_made = [&](char letter) { return has(made, letter) && !has(taken, letter); };
  if (kernel.size() != 2) return {};
  const bool makes_first = is_made(kernel[0]) && is_summed(kernel[1]);
  if (!makes_first && !(is_summed(kernel[0]) && is_made(kernel[1]))) return {};
  const char summed = kernel[makes_first ? 1 : 0], new_one = kernel[makes_first ? 0 : 1];
  const bool keeps_others = taken.substr(0, taken.size() - 1) == made.substr(0, made.size() - 1);
  return {.is_linear = true,
          .makes_first = makes_first,
          .is_over_last = taken.back() == summed && made.back() == new_one && keeps_others};
}

}  // namespace xtape::saving
