#pragma once

#include <string>
#include <xtape/tensor.hpp>

namespace examples {

/// Reads a PNG or JPEG file as grey values between 0 and 1 [height, width]; what is transparent is white. The file is
/// not trusted: its sizes are compared with its length before memory is asked for.
/// @throws IOError if it cannot be read; FormatError, saying why, if it is no such image or a large one.
xtape::Tensor read_image(const std::string& path);

/// A digit as MNIST has it: [28, 28], light on dark, within 20 x 20 with its centre of mass in the middle. An image of
/// 28 x 28 is taken to be one but for its colours.
/// @throws ValueError for an image in which there is nothing.
xtape::Tensor as_mnist(const xtape::Tensor& image);

}  // namespace examples
