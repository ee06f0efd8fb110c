#include "layers/margins.hpp"

#include <algorithm>
#include <array>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>

namespace xtape::layers {
namespace {

using Ends = std::pair<int64_t, int64_t>;

std::vector<int64_t> integers(const Config& config, std::size_t count) {
  std::vector<int64_t> result;
  xtape::from_config(config, result);
  if (result.size() == count) return result;
  throw ValueError("expected " + std::to_string(count) + " integers, given " + config.str());
}

Ends two_integers(const Config& config) {
  const std::vector<int64_t> both = integers(config, 2);
  return {both[0], both[1]};
}

}  // namespace

template <std::size_t axes>
Config to_config(const Margins<axes>& margins) {
  Config::List list;
  for (const auto& [before, after] : margins) list.push_back(Config::List{before, after});
  return axes == 1 ? list.front() : Config(std::move(list));
}

template <std::size_t axes>
void from_config(const Config& config, Margins<axes>& margins) {
  if (!config.is_list()) {
    margins = config.integer();
  } else if (axes == 1) {
    margins[0] = two_integers(config);
  } else if (!config.list().empty() && config.list().front().is_list()) {
    if (config.list().size() != axes) {
      throw ValueError("expected " + std::to_string(axes) + " pairs, given " + config.str());
    }
    std::transform(config.list().begin(), config.list().end(), margins.begin(), two_integers);
  } else {
    const std::vector<int64_t> each = integers(config, axes);
    std::transform(each.begin(), each.end(), margins.begin(), [](int64_t cells) { return Ends(cells, cells); });
  }
}

template <std::size_t axes>
std::string margins_text(const Margins<axes>& margins) {
  std::string list;
  for (const auto& [before, after] : margins) {
    list += (list.empty() ? "" : ", ") + detail::list_text(std::array{before, after});
  }
  return axes == 1 ? list : '(' + list + ')';
}

template <std::size_t axes>
void check_margins(std::string_view layer, std::string_view option, const Margins<axes>& margins) {
  const auto negative = [](const Ends& ends) { return ends.first < 0 || ends.second < 0; };
  if (std::none_of(margins.begin(), margins.end(), negative)) return;
  throw ValueError(std::string(layer) + ": " + std::string(option) + " must be at least 0, given " +
                   margins_text(margins));
}

template <std::size_t axes>
std::vector<Ends> with_batch_and_channels(const Margins<axes>& margins) {
  std::vector<Ends> all(axes + 2, Ends(0, 0));
  std::copy(margins.begin(), margins.end(), all.begin() + 1);
  return all;
}

#define XTAPE_MARGINS(axes)                                                              \
  template Config to_config(const Margins<axes>&);                                       \
  template void from_config(const Config&, Margins<axes>&);                              \
  template std::string margins_text(const Margins<axes>&);                               \
  template void check_margins(std::string_view, std::string_view, const Margins<axes>&); \
  template std::vector<Ends> with_batch_and_channels(const Margins<axes>&);

XTAPE_MARGINS(1)
XTAPE_MARGINS(2)
XTAPE_MARGINS(3)

}  // namespace xtape::layers
