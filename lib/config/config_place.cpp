#include <algorithm>
#include <cstddef>
#include <xtape/detail/config_place.hpp>

namespace xtape::detail {
namespace {

constinit thread_local const ConfigPlace* innermost = nullptr;

// Names are as long as a file likes, and stand in front of each problem.
std::string shown(const std::string& name) {
  constexpr std::size_t most = 100;
  if (name.size() <= most) return name;
  std::size_t end = most;
  // Not within a character.
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return name.substr(0, end) + "...";
}

}  // namespace

ConfigPlace::ConfigPlace(std::string name) : name_(std::move(name)), around_(std::exchange(innermost, this)) {}

ConfigPlace::~ConfigPlace() { innermost = around_; }

ConfigPlace::Outermost::Outermost() : around_(std::exchange(innermost, nullptr)) {}

ConfigPlace::Outermost::~Outermost() { innermost = around_; }

std::vector<std::string> ConfigPlace::names() {
  std::vector<std::string> names;
  for (const ConfigPlace* place = innermost; place; place = place->around_) names.push_back(place->name_);
  std::reverse(names.begin(), names.end());
  return names;
}

std::string ConfigPlace::label() {
  if (!innermost || !innermost->around_) return "";
  return "the layer \"" + text_of(names()) + "\": ";
}

void ConfigPlace::say_in(Error& error) {
  const std::string own = label();
  // Labels of layers in this one begin as its own does, but for the end `": `.
  if (own.empty() || error.message().find(own.substr(0, own.size() - 3)) != std::string::npos) return;
  error.set_message(own + error.message());
}

std::string text_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "/") + shown(name);
  return text;
}

}  // namespace xtape::detail
