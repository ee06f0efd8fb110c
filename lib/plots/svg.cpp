#include <string>
#include <vector>
#include <xtape/detail/png.hpp>

#include "core/markup_text.hpp"
#include "plots/base64.hpp"
#include "plots/canvas.hpp"
#include "plots/text.hpp"

namespace xtape::plots {
namespace {

// Hundredths of a pixel, without zeros that say nothing.
std::string number(double value) {
  std::string text = fixed_number(value, 2);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string attribute(const char* name, const std::string& value) {
  return ' ' + std::string(name) + "=\"" + value + '"';
}

std::string hex(Color color) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text = "#";
  for (const uint8_t channel : {color.red, color.green, color.blue}) {
    text += digits[channel >> 4];
    text += digits[channel & 15];
  }
  return text;
}

std::string place(const Box& box) {
  return attribute("x", number(box.x)) + attribute("y", number(box.y)) + attribute("width", number(box.width)) +
         attribute("height", number(box.height));
}

std::string stroke_text(const Stroke& stroke) {
  std::string text = attribute("stroke", hex(stroke.color)) + attribute("stroke-width", number(stroke.width));
  if (stroke.dashed) text += attribute("stroke-dasharray", "5 4");
  return text;
}

std::string png_of(const Raster& raster) {
  std::vector<uint8_t> bytes;
  for (const Color pixel : raster.pixels) bytes.insert(bytes.end(), {pixel.red, pixel.green, pixel.blue});
  return detail::encode_png(raster.height, raster.width, 3, bytes);
}

class SvgCanvas final : public Canvas {
 public:
  SvgCanvas(double width, double height) {
    body_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", number(width)) +
            attribute("height", number(height)) + attribute("viewBox", "0 0 " + number(width) + ' ' + number(height)) +
            attribute("font-family", "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif") + ">\n";
  }
  std::string finished() const { return body_ + "</svg>\n"; }

  void fill(const Box& box, Color color) override {
    body_ += "<rect" + place(box) + attribute("fill", hex(color)) + "/>\n";
  }

  void lines(const std::vector<Point>& points, const Stroke& stroke) override {
    if (points.size() < 2) return;
    std::string path;
    for (const Point& point : points) {
      if (!path.empty()) path += ' ';
      path += number(point.x) + ',' + number(point.y);
    }
    body_ += "<polyline" + attribute("points", path) + attribute("fill", "none") + stroke_text(stroke) +
             attribute("stroke-linejoin", "round") + "/>\n";
  }

  void circle(Point center, double radius, Color fill, const std::optional<Stroke>& outline) override {
    body_ += "<circle" + attribute("cx", number(center.x)) + attribute("cy", number(center.y)) +
             attribute("r", number(radius)) + attribute("fill", hex(fill)) + (outline ? stroke_text(*outline) : "") +
             "/>\n";
  }

  void text(Point base, const std::string& text, const TextStyle& style) override {
    body_ += "<text" + attribute("x", number(base.x)) + attribute("y", number(base.y)) +
             attribute("font-size", number(style.size)) + attribute("fill", hex(style.color));
    if (style.align != Align::left) body_ += attribute("text-anchor", style.align == Align::center ? "middle" : "end");
    if (style.bold) body_ += attribute("font-weight", "bold");
    if (style.upward) {
      body_ += attribute("transform", "rotate(-90 " + number(base.x) + ' ' + number(base.y) + ')');
    }
    body_ += '>' + core::markup_text(valid_text(text)) + "</text>\n";
  }

  void image(const Box& box, const Raster& raster) override {
    body_ += "<image" + place(box) + attribute("preserveAspectRatio", "none") +
             attribute("style", "image-rendering:pixelated") +
             attribute("href", "data:image/png;base64," + base64(png_of(raster))) + "/>\n";
  }

 private:
  std::string body_;
};

}  // namespace

std::string svg_text(const Picture& picture) {
  SvgCanvas canvas(picture.width, picture.height);
  canvas.fill({0, 0, picture.width, picture.height}, white);
  picture.draw(canvas);
  return canvas.finished();
}

}  // namespace xtape::plots
