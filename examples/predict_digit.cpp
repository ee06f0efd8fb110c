// Which digit is on an image? Loads a model that mnist_cnn saved, draws the digit and shows how probable each is:
//
//   predict_digit mnist_cnn.keras photo.jpg
//   predict_digit mnist_cnn.keras --index 0      # of MNIST's test digits
//
// In Python:
//
//   model = keras.models.load_model("mnist_cnn.keras")
//   image = keras.utils.load_img("digit.png", color_mode="grayscale", target_size=(28, 28))
//   x = 1 - keras.utils.img_to_array(image)[None] / 255
//   probabilities = model.predict(x, verbose=0)[0]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <string>
#include <xtape/xtape.hpp>

#include "common/digit_image.hpp"
#include "common/mnist.hpp"

using namespace xtape;

namespace {

Tensor test_digit(int64_t index, const std::string& directory) {
  const auto [train, test] = examples::load_mnist(directory);
  const auto [images, labels] = test;
  if (index >= images.shape()[0]) {
    throw IndexError("--index " + std::to_string(index) + ": there are " + std::to_string(images.shape()[0]) +
                     " test digits");
  }
  std::cout << "Test digit " << index << ", labelled " << labels[index].item<int64_t>() << '\n';
  return images[index].astype(float32) / 255;
}

Tensor probabilities_of(const Model& model, const Tensor& digit) {
  Shape shape = model.input().shape();
  shape[0] = 1;
  if (shape.numel() != digit.numel()) {
    throw ShapeError("the model takes " + model.input().shape().str() + ", and no images of 28 x 28");
  }
  const Tensor probabilities = model.predict(digit.reshape(shape), {.verbose = 0}).flatten();
  if (probabilities.numel() != 10) {
    throw ShapeError("the model gives " + std::to_string(probabilities.numel()) + " numbers, and no ten probabilities");
  }
  return probabilities;
}

void print_bars(const Tensor& probabilities) {
  constexpr int width = 40;
  const auto best = argmax(probabilities, 0).item<int64_t>();
  for (int64_t digit = 0; digit < 10; ++digit) {
    const auto probability = probabilities[digit].item<double>();
    // In eighths of a letter.
    const auto eighths = static_cast<int>(std::lround(8 * width * std::min(std::max(probability, 0.0), 1.0)));
    std::string bar;
    for (int i = 0; i < eighths / 8; ++i) bar += "█";
    constexpr const char* parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    bar += parts[eighths % 8];
    const int letters = (eighths + 7) / 8;
    std::printf("%d %s%*s %6.2f %%%s\n", static_cast<int>(digit), bar.c_str(), width - letters, "", 100 * probability,
                digit == best ? " <" : "");
  }
  std::printf("This is a %d, to %.2f %%\n", static_cast<int>(best), 100 * probabilities[best].item<double>());
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Tells which digit is on an image.", "predict_digit"};
  std::string file, image, data;
  int64_t index = -1;
  app.add_option("model", file, "The model that mnist_cnn saved (.keras, .h5)")->required();
  CLI::Option* const image_option = app.add_option("image", image,
                                                   "A PNG or JPEG image of one digit, dark on light or "
                                                   "light on dark");
  CLI::Option* const index_option = app.add_option("--index", index, "A digit of MNIST's tests instead, from 0")
                                        ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()));
  index_option->excludes(image_option);
  app.add_option("--data", data, "Folder of MNIST");
  app.footer("Exit status: 0, 1 where model or image cannot be used, 2 for a wrong command line.");
  try {
    app.parse(argc, argv);
    if (image_option->empty() && index_option->empty()) throw CLI::RequiredError("image or --index");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  const Model model = load_model(file);
  const Tensor digit =
      index_option->empty() ? examples::as_mnist(examples::read_image(image)) : test_digit(index, data);
  plots::terminal(digit.expand_dims(0), std::cout, {.value_range = std::pair{0.0, 1.0}});
  std::cout.flush();
  print_bars(probabilities_of(model, digit));
  return 0;
} catch (const std::exception& error) {
  std::cerr << "predict_digit: " << error.what() << '\n';
  return 1;
}
