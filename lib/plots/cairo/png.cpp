#include <cairo/cairo.h>

#include <cmath>
#include <memory>
#include <xtape/error.hpp>

#include "plots/canvas.hpp"
#include "plots/text.hpp"

namespace xtape::plots {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

class CairoCanvas final : public Canvas {
 public:
  explicit CairoCanvas(cairo_t* context) : cairo_(context) {}

  void fill(const Box& box, Color color) override {
    set(color);
    cairo_rectangle(cairo_, box.x, box.y, box.width, box.height);
    cairo_fill(cairo_);
  }

  void lines(const std::vector<Point>& points, const Stroke& stroke) override {
    if (points.size() < 2) return;
    for (const Point& point : points) cairo_line_to(cairo_, point.x, point.y);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    draw(stroke);
  }

  void circle(Point center, double radius, Color fill, const std::optional<Stroke>& outline) override {
    cairo_new_sub_path(cairo_);
    cairo_arc(cairo_, center.x, center.y, radius, 0, 2 * std::acos(-1.0));
    set(fill);
    cairo_fill_preserve(cairo_);
    if (outline) draw(*outline);
    cairo_new_path(cairo_);
  }

  void text(Point base, const std::string& text, const TextStyle& style) override {
    const std::string valid = valid_text(text);
    cairo_select_font_face(cairo_, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo_, style.size);
    cairo_text_extents_t extents;
    cairo_text_extents(cairo_, valid.c_str(), &extents);
    cairo_save(cairo_);
    cairo_translate(cairo_, base.x, base.y);
    if (style.upward) cairo_rotate(cairo_, -std::acos(0.0));
    const double part = style.align == Align::left ? 0 : style.align == Align::center ? 0.5 : 1;
    cairo_move_to(cairo_, -part * extents.x_advance, 0);
    set(style.color);
    cairo_show_text(cairo_, valid.c_str());
    cairo_restore(cairo_);
    cairo_new_path(cairo_);
  }

  void image(const Box& box, const Raster& raster) override {
    const Surface surface(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(raster.width), static_cast<int>(raster.height)),
        &cairo_surface_destroy);
    unsigned char* const data = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    if (data == nullptr) return;  // an empty image, or memory, which the context will report
    for (int64_t row = 0; row < raster.height; ++row) {
      auto* const pixels = reinterpret_cast<uint32_t*>(data + row * stride);
      for (int64_t column = 0; column < raster.width; ++column) {
        const Color pixel = raster.at(row, column);
        pixels[column] = static_cast<uint32_t>(pixel.red) << 16 | static_cast<uint32_t>(pixel.green) << 8 | pixel.blue;
      }
    }
    cairo_surface_mark_dirty(surface.get());
    cairo_save(cairo_);
    cairo_translate(cairo_, box.x, box.y);
    cairo_scale(cairo_, box.width / static_cast<double>(raster.width), box.height / static_cast<double>(raster.height));
    cairo_set_source_surface(cairo_, surface.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo_), CAIRO_FILTER_NEAREST);
    cairo_paint(cairo_);
    cairo_restore(cairo_);
  }

 private:
  void set(Color color) { cairo_set_source_rgb(cairo_, color.red / 255.0, color.green / 255.0, color.blue / 255.0); }

  void draw(const Stroke& stroke) {
    constexpr double dashes[] = {5, 4};
    set(stroke.color);
    cairo_set_line_width(cairo_, stroke.width);
    cairo_set_dash(cairo_, dashes, stroke.dashed ? 2 : 0, 0);
    cairo_stroke(cairo_);
  }

  cairo_t* cairo_;
};

}  // namespace

bool has_png() { return true; }

void save_png(const std::string& function, const std::string& path, const Picture& picture, double dpi) {
  const double scale = dpi / 96;
  const double width = std::ceil(picture.width * scale), height = std::ceil(picture.height * scale);
  // Cairo's own limit.
  constexpr double largest = 32767;
  if (width > largest || height > largest) {
    throw ValueError(function + ": a PNG has at most 32767 x 32767 pixels, this one would have " +
                     fixed_number(width, 0) + " x " + fixed_number(height, 0) + "; lower dpi, or write an .svg");
  }
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width), static_cast<int>(height)),
      &cairo_surface_destroy);
  const Context context(cairo_create(surface.get()), &cairo_destroy);
  cairo_scale(context.get(), scale, scale);
  CairoCanvas canvas(context.get());
  canvas.fill({0, 0, picture.width + 1, picture.height + 1}, white);
  picture.draw(canvas);
  cairo_status_t status = cairo_status(context.get());
  if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_write_to_png(surface.get(), path.c_str());
  if (status != CAIRO_STATUS_SUCCESS) {
    throw IOError(function + ": cannot write " + path + ": " + cairo_status_to_string(status));
  }
}

}  // namespace xtape::plots
