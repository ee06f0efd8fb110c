#pragma once

#include <cstdint>

namespace xtape::plots {

struct Color {
  uint8_t red = 0, green = 0, blue = 0;
};

/// The mixture with that part of `b`.
constexpr Color mixed(Color a, Color b, double part) {
  const auto channel = [part](uint8_t from, uint8_t to) {
    return static_cast<uint8_t>(static_cast<double>(from) +
                                (static_cast<double>(to) - static_cast<double>(from)) * part + 0.5);
  };
  return {channel(a.red, b.red), channel(a.green, b.green), channel(a.blue, b.blue)};
}

/// As the eye weighs the channels, from 0 to 1.
constexpr double brightness(Color color) {
  return (0.299 * color.red + 0.587 * color.green + 0.114 * color.blue) / 255;
}

// Series are told apart by everybody, in print too: blue and vermilion of Okabe and Ito's palette, the first dark, the
// second light.
inline constexpr Color blue = {0, 90, 160};
inline constexpr Color vermilion = {230, 95, 10};
inline constexpr Color black = {33, 37, 41};
inline constexpr Color grey = {95, 102, 110};
inline constexpr Color frame_grey = {140, 146, 152};
inline constexpr Color grid_grey = {228, 231, 234};
inline constexpr Color white = {255, 255, 255};

}  // namespace xtape::plots
