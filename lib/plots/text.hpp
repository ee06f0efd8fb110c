#pragma once

#include <string>

namespace xtape::plots {

/// The text in UTF-8 that every reader takes: bytes that are none, and control characters, become U+FFFD.
std::string valid_text(const std::string& text);

/// About the width of the text in a sans-serif font of that size; it is seldom narrower. Layouts are the same in all
/// forms of a picture so.
double text_width(const std::string& text, double size, bool bold = false);

/// The text, cut short with an ellipsis so that it fits.
std::string fitted(const std::string& text, double width, double size, bool bold = false);

/// A number in the shortest form with `digits` places that count, whatever the locale: 0.0123, 1.5e-07.
std::string short_number(double value, int digits = 4);
/// With that many decimals, whatever the locale.
std::string fixed_number(double value, int decimals);

}  // namespace xtape::plots
