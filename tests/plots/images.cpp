#include <fstream>
#include <iterator>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "plots/rasters.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

namespace {

std::string svg(const Tensor& images, const plots::ImagesOptions& options = {}) {
  const TemporaryFolder folder;
  plots::images(images, folder / "images.svg", options);
  std::ifstream file(folder / "images.svg", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

bool is(plots::Color color, int red, int green, int blue) {
  return color.red == red && color.green == green && color.blue == blue;
}

}  // namespace

TEST_CASE("elements become colours by type, channels and range") {
  const auto grey = plots::rasters_of("images", tensor({{{0.0, 0.5}, {1.0, 2.0}}}), std::nullopt);
  REQUIRE(grey.size() == 1);
  CHECK((is(grey[0].at(0, 0), 0, 0, 0) && is(grey[0].at(0, 1), 128, 128, 128)));
  CHECK((is(grey[0].at(1, 0), 255, 255, 255) && is(grey[0].at(1, 1), 255, 255, 255)));
  const auto bytes = plots::rasters_of("images", tensor({{{0, 51}}}).astype(uint8), std::nullopt);
  CHECK(is(bytes[0].at(0, 1), 51, 51, 51));
  const auto range = plots::rasters_of("images", tensor({{{-1.0, 1.0}}}), std::pair(-1.0, 1.0));
  CHECK((is(range[0].at(0, 0), 0, 0, 0) && is(range[0].at(0, 1), 255, 255, 255)));
  const auto colored = plots::rasters_of("images", tensor({1.0, 0.0, 0.2}).reshape({1, 1, 1, 3}), std::nullopt);
  CHECK(is(colored[0].at(0, 0), 255, 0, 51));
  const auto clear = plots::rasters_of("images", tensor({1.0, 0.0, 0.0, 0.0}).reshape({1, 1, 1, 4}), std::nullopt);
  CHECK(is(clear[0].at(0, 0), 255, 255, 255));
  const auto none = plots::rasters_of("images", full({1, 1, 1}, std::nan("")), std::nullopt);
  CHECK(is(none[0].at(0, 0), 230, 30, 30));
}

TEST_CASE("images stand in a grid with their labels") {
  const std::string text = svg(rand({12, 4, 8}), {.columns = 6, .labels = {"<one>"}, .row_labels = {"given", "made"}});
  CHECK(count(text, "<image") == 12);
  CHECK(count(text, "data:image/png;base64,iVBORw0KGgo") == 12);
  CHECK_THAT(text, Contains("&lt;one&gt;") && Contains(">given<") && Contains(">made<"));
  CHECK_THAT(text, Contains("width=\"192\" height=\"96\""));  // twice as wide as high
  CHECK(count(svg(rand({1, 1, 1, 1})), "<image") == 1);
}

TEST_CASE("images refuse what is none") {
  const auto draw = [](const Tensor& images, const plots::ImagesOptions& options = {}) {
    plots::images(images, "x.svg", options);
  };
  CHECK_THROWS_WITH(draw(zeros({2, 3})), Contains("images must be [n, height, width]") && Contains("given [2, 3]"));
  CHECK_THROWS_AS(draw(zeros({2, 3, 4, 2})), ShapeError);
  CHECK_THROWS_AS(draw(zeros({0, 3, 4})), ShapeError);
  CHECK_THROWS_AS(draw(Tensor()), ShapeError);
  const Tensor two = zeros({2, 3, 3});
  CHECK_THROWS_AS(draw(two, {.columns = 0}), ValueError);
  CHECK_THROWS_AS(draw(two, {.height = 0}), ValueError);
  CHECK_THROWS_WITH(draw(two, {.labels = {"a", "b", "c"}}), "images: labels must be at most 2, given 3");
  CHECK_THROWS_AS(draw(two, {.columns = 2, .row_labels = {"a", "b"}}), ValueError);
  CHECK_THROWS_AS(draw(two, {.value_range = std::pair(1.0, 1.0)}), ValueError);
  CHECK_THROWS_AS(plots::images(two, "x.bmp"), ValueError);
}
