#include <cmath>
#include <fstream>
#include <iterator>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

namespace {

std::string svg(const Tensor& y_true, const Tensor& y_pred, const plots::ConfusionMatrixOptions& options = {}) {
  const TemporaryFolder folder;
  plots::confusion_matrix(y_true, y_pred, folder / "matrix.svg", options);
  std::ifstream file(folder / "matrix.svg", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stands in the cells, row by row: the texts of the size that no other text has.
std::vector<std::string> cells(const std::string& text) {
  std::vector<std::string> found;
  const std::string style = "font-size=\"14\"";
  for (std::size_t at = 0; (at = text.find(style, at)) != std::string::npos; ++at) {
    const std::size_t begin = text.find('>', at) + 1;
    found.push_back(text.substr(begin, text.find('<', begin) - begin));
  }
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a confusion matrix counts true classes in rows and predicted ones in columns") {
  const Tensor y_true = tensor({0, 0, 0, 1, 1, 2}), y_pred = tensor({0, 0, 1, 1, 2, 2});
  const Texts expected{"2", "1", "0", "0", "1", "1", "0", "0", "1"};
  CHECK(cells(svg(y_true, y_pred)) == expected);
  CHECK(cells(svg(y_true.expand_dims(-1).astype(float32), y_pred)) == expected);
  CHECK(cells(svg(utils::to_categorical(y_true), utils::to_categorical(y_pred) * 0.5)) == expected);
  CHECK(cells(svg(y_true, y_pred, {.normalize = "true"})) ==
        Texts{"0.67", "0.33", "0.00", "0.00", "0.50", "0.50", "0.00", "0.00", "1.00"});
  CHECK(cells(svg(y_true, y_pred, {.normalize = "pred"})) ==
        Texts{"1.00", "0.50", "0.00", "0.00", "0.50", "0.50", "0.00", "0.00", "0.50"});
  CHECK(cells(svg(y_true, y_pred, {.normalize = "all"}))[0] == "0.33");
  const std::string named = svg(y_true, y_pred, {.class_names = {"<a>", "b", "c", "none"}, .title = "T & t"});
  CHECK_THAT(named, Contains("&lt;a&gt;") && Contains(">none<") && Contains("T &amp; t") && Contains(">predicted<"));
  CHECK(cells(named).size() == 16);
}

TEST_CASE("a confusion matrix refuses what holds no classes") {
  const auto draw = [](const Tensor& y_true, const Tensor& y_pred, const plots::ConfusionMatrixOptions& options = {}) {
    plots::confusion_matrix(y_true, y_pred, "x.svg", options);
  };
  const Tensor y = tensor({0, 1});
  CHECK_THROWS_WITH(draw(y, tensor({0.5, 1.0})),
                    Contains("given 0.5 at position 0; of probabilities of one class pass y > 0.5"));
  CHECK_THROWS_AS(draw(y, tensor({-1, 1})), IndexError);
  const double none = -std::nan("");
  CHECK_THROWS_WITH(draw(y, tensor({1.0, none})), Contains("given nan at position 1"));
  CHECK_THROWS_WITH(draw(y, tensor({0.5, 0.5, 0.1, none}).reshape({2, 2})),
                    "confusion_matrix: y_pred must hold numbers, given NaN in row 1");
  CHECK_THROWS_WITH(draw(y, tensor({0, 1, 1})), Contains("as many samples, given [2] and [3]"));
  CHECK_THROWS_AS(draw(zeros({0}), zeros({0})), ShapeError);
  CHECK_THROWS_AS(draw(y, Tensor()), ShapeError);
  CHECK_THROWS_AS(draw(zeros({2, 2, 2}), y), ShapeError);
  CHECK_THROWS_WITH(draw(y, y, {.class_names = {"a"}}), Contains("one for each of 2 classes, given 1"));
  CHECK_THROWS_AS(draw(y, y, {.normalize = "rows"}), ValueError);
  CHECK_THROWS_AS(draw(y, tensor({0, 5000})), IndexError);
  CHECK_THROWS_AS(plots::confusion_matrix(y, y, "x.gif"), ValueError);
}
