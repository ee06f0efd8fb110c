#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "plots/color.hpp"
#include "plots/raster.hpp"

// What pictures are drawn on. Lengths are in units of 1/96 inch, a pixel of an SVG; y points down.
namespace xtape::plots {

struct Point {
  double x = 0, y = 0;
};

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
  double center_x() const { return x + width / 2; }
  double center_y() const { return y + height / 2; }
};

struct Stroke {
  Color color = black;
  double width = 1;
  bool dashed = false;
};

enum class Align { left, center, right };

struct TextStyle {
  double size = 12;
  Color color = black;
  Align align = Align::left;
  bool bold = false;
  bool upward = false;  // read from below
};

class Canvas {
 public:
  virtual ~Canvas() = default;

  virtual void fill(const Box& box, Color color) = 0;
  /// Lines from point to point; of one point, nothing.
  virtual void lines(const std::vector<Point>& points, const Stroke& stroke) = 0;
  virtual void circle(Point center, double radius, Color fill, const std::optional<Stroke>& outline) = 0;
  /// `base` lies on the line that the letters stand on, at the end or middle that the style says.
  virtual void text(Point base, const std::string& text, const TextStyle& style) = 0;
  /// Each pixel as a rectangle, not blurred.
  virtual void image(const Box& box, const Raster& raster) = 0;
};

struct Picture {
  double width = 0, height = 0;
  std::function<void(Canvas&)> draw;
};

/// Writes the picture in the form that the path's ending says, on white. `function` is named in errors; `dpi` is the
/// pixels an inch of a PNG. @throws ValueError for another ending than .svg and .png, for PNG where the library was
/// built without cairo, and for a picture that has more pixels than cairo draws; IOError if the file cannot be written.
void save(const std::string& function, const std::string& path, const Picture& picture, double dpi);

/// @throws as save for an ending that it does not write: before anything is computed.
void check_ending(const std::string& function, const std::string& path);

/// The two kinds.
std::string svg_text(const Picture& picture);
bool has_png();
void save_png(const std::string& function, const std::string& path, const Picture& picture, double dpi);

}  // namespace xtape::plots
