#include "models/in_order.hpp"

#include <algorithm>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>

namespace xtape::models {

void check_count(const std::string& what, const std::string& values, const std::string& kind, std::size_t given,
                 std::size_t expected, const std::vector<std::string>& names) {
  if (given == expected) return;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? " (" : ", ") + name;
  if (!list.empty()) list += ')';
  throw ValueError(what + "expected " + std::to_string(expected) + ' ' + values + (expected == 1 ? "" : "s") +
                   ", one for each " + kind + list + ", given " + std::to_string(given));
}

std::vector<std::size_t> places_by_name(const std::string& what, const std::string& kind,
                                        const std::vector<std::string>& given, const std::vector<std::string>& names) {
  if (names.empty()) {
    throw ValueError(what + "the " + kind + "s of the model have no names: give what belongs to them by position");
  }
  std::vector<std::size_t> places(names.size(), absent);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto name = std::find(names.begin(), names.end(), given[i]);
    if (name == names.end()) detail::throw_unknown_name(kind, given[i], names);
    std::size_t& place = places[static_cast<std::size_t>(name - names.begin())];
    if (place != absent) throw ValueError(what + "the " + kind + " \"" + given[i] + "\" is given twice");
    place = i;
  }
  return places;
}

Data in_order(const std::string& what, const std::string& kind, const Data& data,
              const std::vector<std::string>& names) {
  if (data.names().empty()) {
    if (!names.empty() && data.size() > 0) check_count(what + ": ", "tensor", kind, data.size(), names.size(), names);
    return data;
  }
  std::vector<Tensor> result;
  for (const std::size_t place : places_by_name(what + ": ", kind, data.names(), names)) {
    result.push_back(place == absent ? Tensor() : data[place]);
  }
  return result;
}

void check_all_given(const std::string& what, const std::string& kind, const Data& data,
                     const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i].defined()) continue;
    throw ValueError(what + ": the " + kind + ' ' + (i < names.size() ? '"' + names[i] + '"' : std::to_string(i)) +
                     " is not given");
  }
}

}  // namespace xtape::models
