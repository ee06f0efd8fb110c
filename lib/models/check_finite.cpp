#include "models/check_finite.hpp"

#include <cmath>
#include <sstream>
#include <xtape/autograd.hpp>
#include <xtape/detail/position_text.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::models {
namespace {

void check(const char* what, const Data& data, const std::vector<std::string>& names_by_position) {
  // A step of one's own takes them as they are given.
  const std::vector<std::string>& names = data.names().empty() ? names_by_position : data.names();
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Tensor& tensor = data[i];
    if (!tensor.defined() || !is_floating(tensor.dtype()) || tensor.numel() == 0) continue;
    const Tensor finite = isfinite(tensor).reshape({-1});
    // The first position of the smallest: false comes before true.
    const int64_t position = argmin(finite.astype(uint8), 0).item<int64_t>();
    if (finite.slice(0, {position, position + 1}).item<bool>()) continue;
    std::ostringstream text;
    text << what;
    if (data.size() > 1) text << " of " << (i < names.size() ? '"' + names[i] + '"' : std::to_string(i));
    text << ": " << tensor.reshape({-1}).slice(0, {position, position + 1}).item() << " at position "
         << xtape::detail::position_text(position, tensor.shape()) << "; all must be finite (check_finite)";
    throw ValueError(text.str());
  }
}

}  // namespace

void check_finite(const Batch& data, const std::vector<std::string>& input_names,
                  const std::vector<std::string>& output_names) {
  const NoGrad no_grad;
  check("x", data.x, input_names);
  check("y", data.y, output_names);
}

}  // namespace xtape::models
