#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

#include "catch.hpp"
#include "examples/run_program.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

namespace mnist = datasets::mnist;

constexpr int side = 28, times = 7;

std::string subset() { return source_folder() + "/../examples/data/mnist_subset"; }

// Knows digits well enough after a second.
void save_model_of_digits(const std::string& path) {
  utils::set_random_seed(1);
  const mnist::Split train = mnist::load_data({.directory = subset()}).first;
  const Sequential model{layers::Flatten({.input_shape = {28, 28, 1}}), layers::Dense(64, {.activation = "relu"}),
                         layers::Dense(10, {.activation = "softmax"})};
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  model.fit(train.first.expand_dims(-1).astype(float32) / 255, train.second, {.epochs = 3, .verbose = 0});
  model.save(path);
}

// The test digit, larger and to one side on paper: dark on light, or light on dark.
std::vector<uint8_t> drawn(int64_t index, bool dark_on_light, int width, int height) {
  const Tensor digit = mnist::load_data({.directory = subset()}).second.first[index].contiguous();
  std::vector<uint8_t> pixels(static_cast<std::size_t>(width * height), dark_on_light ? 255 : 0);
  for (int row = 0; row < side * times; ++row) {
    for (int column = 0; column < side * times; ++column) {
      const uint8_t light = digit.data<uint8_t>()[row / times * side + column / times];
      pixels[static_cast<std::size_t>((row + 40) * width + column + 10)] =
          dark_on_light ? static_cast<uint8_t>(255 - light) : light;
    }
  }
  return pixels;
}

ProgramResult predict(const std::string& arguments) { return run_program(PREDICT_DIGIT, arguments); }

// "This is a 7".
std::string answer(const ProgramResult& result) {
  INFO(result.output);
  REQUIRE(result.status == 0);
  const std::size_t begin = result.output.find("This is a ");
  REQUIRE(begin != std::string::npos);
  return result.output.substr(begin, 11);
}

}  // namespace

TEST_CASE("predict_digit finds the digit of an image, as of the test digit that was drawn") {
  const TemporaryFolder folder;
  const std::string model = folder / "digits.keras";
  save_model_of_digits(model);
  constexpr int width = 300, height = 260;
  for (const int index : {0, 1, 2, 3}) {
    const std::string expected = answer(predict(model + " --index " + std::to_string(index) + " --data " + subset()));
    for (const bool dark_on_light : {true, false}) {
      const std::vector<uint8_t> pixels = drawn(index, dark_on_light, width, height);
      REQUIRE(stbi_write_png((folder / "digit.png").c_str(), width, height, 1, pixels.data(), width));
      REQUIRE(stbi_write_jpg((folder / "digit.jpg").c_str(), width, height, 1, pixels.data(), 90));
      CHECK(answer(predict(model + ' ' + folder / "digit.png")) == expected);
      CHECK(answer(predict(model + ' ' + folder / "digit.jpg")) == expected);
    }
  }
  const ProgramResult result = predict(model + " --index 0 --data " + subset());
  CHECK_THAT(result.output, Contains("Test digit 0, labelled 7"));
  CHECK_THAT(result.output, Contains("\n7 █"));
  CHECK_THAT(result.output, Contains("% <\n"));
}

TEST_CASE("predict_digit refuses what it cannot use") {
  const TemporaryFolder folder;
  const std::string model = folder / "digits.keras";
  const Sequential digits{layers::Flatten({.input_shape = {28, 28}}), layers::Dense(10, {.activation = "softmax"})};
  digits.save(model);
  Sequential{layers::InputLayer({4}), layers::Dense(2)}.save(folder / "other.keras");
  Sequential{layers::Flatten({.input_shape = {28, 28}}), layers::Dense(3)}.save(folder / "three.keras");
  const std::vector<uint8_t> white(64 * 64, 255), digit = drawn(0, true, 300, 260);
  stbi_write_png((folder / "white.png").c_str(), 64, 64, 1, white.data(), 64);
  stbi_write_png((folder / "digit.png").c_str(), 300, 260, 1, digit.data(), 300);
  int length = 0;
  unsigned char* const png = stbi_write_png_to_mem(digit.data(), 300, 300, 260, 1, &length);
  std::string image(reinterpret_cast<char*>(png), static_cast<std::size_t>(length));
  STBIW_FREE(png);
  folder.write("cut.png", image.substr(0, image.size() / 2));
  // Width and height as the header has them, 20,000 each.
  image[18] = image[22] = 0x4e;
  image[19] = image[23] = 0x20;
  folder.write("huge.png", image);
  folder.write("text.png", "no image");

  const auto check = [&](const std::string& arguments, int status, const std::string& text) {
    const ProgramResult result = predict(arguments);
    INFO(arguments);
    CHECK(result.status == status);
    CHECK_THAT(result.output, Contains(text));
  };
  check("", 2, "model is required");
  check(model, 2, "image or --index is required");
  check(model + " --index 0 " + folder / "digit.png", 2, "excludes");
  check(model + " --index -1", 2, "--index");
  check(model + " --index 1000 --data " + subset(), 1, "there are 1000 test digits");
  check(model + ' ' + folder / "none.png", 1, "cannot open");
  check(model + ' ' + folder.path(), 1, "cannot open");
  check(model + ' ' + folder / "text.png", 1, "no PNG or JPEG image");
  check(model + ' ' + folder / "cut.png", 1, "damaged");
  check(model + ' ' + folder / "huge.png", 1, "20000 x 20000 pixels");
  check(model + ' ' + folder / "white.png", 1, "there is no digit");
  check(folder / "none.keras " + folder / "digit.png", 1, "none.keras");
  check(folder / "other.keras " + folder / "digit.png", 1, "the model takes [-1, 4]");
  check(folder / "three.keras " + folder / "digit.png", 1, "the model gives 3 numbers");
  const ProgramResult help = predict("--help");
  CHECK(help.status == 0);
  CHECK_THAT(help.output, Contains("Exit status"));
}

}  // namespace xtape::test
