#include "common/digit_image.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>
#include <xtape/xtape.hpp>

#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 32768
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

namespace examples {
namespace {

using namespace xtape;

constexpr int64_t side = 28, digit_side = 20;
constexpr std::uintmax_t largest_file = 64 << 20;
constexpr int64_t most_pixels = 32 << 20;
// Neither format packs more pixels into a byte: deflate makes at most 1032 bytes, with eight pixels in each, of one,
// and a block of 64 pixels of a JPEG takes two bits.
constexpr int64_t most_pixels_of_a_byte = 8 * 1032;

std::vector<unsigned char> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || !std::filesystem::is_regular_file(path)) throw IOError("cannot open " + path);
  const std::uintmax_t size = std::filesystem::file_size(path);
  if (size > largest_file) throw FormatError(path + ": " + std::to_string(size) + " bytes, above 64 MiB");
  std::vector<unsigned char> bytes(size);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    throw IOError("cannot read " + path);
  }
  return bytes;
}

// The grey of most of the border.
float background_of(const float* image, int64_t height, int64_t width) {
  std::vector<float> border;
  for (int64_t column = 0; column < width; ++column) {
    border.push_back(image[column]);
    border.push_back(image[(height - 1) * width + column]);
  }
  for (int64_t row = 1; row + 1 < height; ++row) {
    border.push_back(image[row * width]);
    border.push_back(image[row * width + width - 1]);
  }
  const auto middle = border.begin() + static_cast<int64_t>(border.size() / 2);
  std::nth_element(border.begin(), middle, border.end());
  return *middle;
}

struct Box {
  int64_t top, bottom, left, right;  // bottom and right lie behind
};

// Around what is not the background: a fifth of the brightest, above noise and the traces of JPEG.
Box box_of(const float* image, int64_t height, int64_t width) {
  Box box{height, 0, width, 0};
  for (int64_t row = 0; row < height; ++row) {
    for (int64_t column = 0; column < width; ++column) {
      if (image[row * width + column] < 0.2f) continue;
      box.top = std::min(box.top, row);
      box.bottom = std::max(box.bottom, row + 1);
      box.left = std::min(box.left, column);
      box.right = std::max(box.right, column + 1);
    }
  }
  return box;
}

// The mean of each new pixel's part of the old ones.
std::vector<float> resized(const float* image, int64_t width, const Box& box, int64_t rows, int64_t columns) {
  const double height_of_one = static_cast<double>(box.bottom - box.top) / static_cast<double>(rows);
  const double width_of_one = static_cast<double>(box.right - box.left) / static_cast<double>(columns);
  const auto overlap = [](int64_t pixel, double from, double to) {
    return std::min(static_cast<double>(pixel + 1), to) - std::max(static_cast<double>(pixel), from);
  };
  std::vector<float> result(static_cast<std::size_t>(rows * columns));
  for (int64_t row = 0; row < rows; ++row) {
    const double top = static_cast<double>(row) * height_of_one, bottom = top + height_of_one;
    for (int64_t column = 0; column < columns; ++column) {
      const double left = static_cast<double>(column) * width_of_one, right = left + width_of_one;
      double sum = 0, area = 0;
      for (auto y = static_cast<int64_t>(top); static_cast<double>(y) < bottom && y < box.bottom - box.top; ++y) {
        for (auto x = static_cast<int64_t>(left); static_cast<double>(x) < right && x < box.right - box.left; ++x) {
          const double part = overlap(y, top, bottom) * overlap(x, left, right);
          sum += part * static_cast<double>(image[(box.top + y) * width + box.left + x]);
          area += part;
        }
      }
      result[static_cast<std::size_t>(row * columns + column)] = static_cast<float>(sum / area);
    }
  }
  return result;
}

// Where `length` pixels with that centre of mass begin, so that it is in the middle and all of them inside.
int64_t first_pixel(double centre, int64_t length) {
  return std::clamp<int64_t>(std::lround(static_cast<double>(side) / 2 - centre), 0, side - length);
}

}  // namespace

Tensor read_image(const std::string& path) {
  const std::vector<unsigned char> bytes = read_file(path);
  const int length = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(bytes.data(), length, &width, &height, &channels)) {
    throw FormatError(path + ": no PNG or JPEG image: " + stbi_failure_reason());
  }
  const int64_t pixels = int64_t{width} * height;
  if (pixels > most_pixels || pixels > most_pixels_of_a_byte * length) {
    throw FormatError(path + ": " + std::to_string(width) + " x " + std::to_string(height) + " pixels in " +
                      std::to_string(length) + " bytes; a file has " + std::to_string(most_pixels_of_a_byte) +
                      " a byte, and at most " + std::to_string(most_pixels) + " are read");
  }
  // Grey and opacity.
  const std::unique_ptr<stbi_uc, void (*)(void*)> grey(
      stbi_load_from_memory(bytes.data(), length, &width, &height, &channels, 2), &stbi_image_free);
  if (!grey) throw FormatError(path + ": damaged: " + stbi_failure_reason());
  Tensor image = zeros({height, width});
  float* const to = image.data<float>();
  for (int64_t i = 0; i < pixels; ++i) {
    const float opacity = static_cast<float>(grey.get()[2 * i + 1]) / 255;
    to[i] = opacity * static_cast<float>(grey.get()[2 * i]) / 255 + (1 - opacity);
  }
  return image;
}

Tensor as_mnist(const Tensor& image) {
  const int64_t height = image.shape()[0], width = image.shape()[1];
  Tensor light = image.clone();
  float* const pixels = light.data<float>();
  const float background = background_of(pixels, height, width);
  const float sign = background > 0.5f ? -1.0f : 1.0f;
  float largest = 0;
  for (int64_t i = 0; i < light.numel(); ++i) {
    pixels[i] = std::max(0.0f, sign * (pixels[i] - background));
    largest = std::max(largest, pixels[i]);
  }
  if (largest < 0.1f) throw ValueError("the image has one colour: there is no digit");
  for (int64_t i = 0; i < light.numel(); ++i) pixels[i] /= largest;
  if (height == side && width == side) return light;

  const Box box = box_of(pixels, height, width);
  const int64_t longest = std::max(box.bottom - box.top, box.right - box.left);
  const auto scaled = [&](int64_t length) {
    return std::max<int64_t>(1, (length * digit_side + longest / 2) / longest);
  };
  const int64_t rows = scaled(box.bottom - box.top), columns = scaled(box.right - box.left);
  const std::vector<float> digit = resized(pixels, width, box, rows, columns);
  const float brightest = *std::max_element(digit.begin(), digit.end());
  double mass = 0, row_mass = 0, column_mass = 0;
  for (int64_t i = 0; i < rows * columns; ++i) {
    const auto value = static_cast<double>(digit[static_cast<std::size_t>(i)]);
    mass += value;
    row_mass += value * (static_cast<double>(i / columns) + 0.5);
    column_mass += value * (static_cast<double>(i % columns) + 0.5);
  }
  const int64_t top = first_pixel(row_mass / mass, rows), left = first_pixel(column_mass / mass, columns);
  Tensor result = zeros({side, side});
  for (int64_t i = 0; i < rows * columns; ++i) {
    result.data<float>()[(top + i / columns) * side + left + i % columns] =
        digit[static_cast<std::size_t>(i)] / brightest;
  }
  return result;
}

}  // namespace examples
