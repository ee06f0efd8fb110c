#pragma once

#include <string>
#include <xtape/tensor.hpp>

namespace xtape::callbacks {

/// The shortest text that is read back as the same number, as Python writes it: 0.05, 1.0, 1e-05, nan, -inf. It does
/// not depend on the locale.
std::string number_text(double value);

/// Several figures as Keras's CSVLogger writes them, quotes included: `"[0.5, 0.25]"`.
std::string numbers_text(const Tensor& values);
/// Reads that. Undefined for any other text.
Tensor parse_numbers(const std::string& text);

/// A number as number_text writes it, as the whole text. False, and nothing done, for other texts.
bool parse_number(const std::string& text, double& number);

}  // namespace xtape::callbacks
