#include "plots/canvas.hpp"

namespace xtape::plots {

bool has_png() { return false; }

void save_png(const std::string&, const std::string&, const Picture&, double) {}

}  // namespace xtape::plots
