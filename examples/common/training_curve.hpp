#pragma once

#include <string>
#include <utility>
#include <vector>

namespace examples {

/// One value an epoch under each name: what History::history() returns.
using Curves = std::vector<std::pair<std::string, std::vector<double>>>;

/// Writes the columns epoch, accuracy, loss, val_accuracy, ... to `path`. Throws xtape::IOError.
void write_history_csv(const std::string& path, const Curves& curves);

/// Draws each metric as a panel of an SVG picture, training and validation (`val_`) curves in one. Throws
/// xtape::IOError.
void write_training_curve(const std::string& path, const Curves& curves);

}  // namespace examples
