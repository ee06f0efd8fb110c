#pragma once

#include <string>
#include <vector>
#include <xtape/layers/cell.hpp>

namespace xtape::layers {

struct StackedRNNCellsOptions {
  std::string name = {};
  bool trainable = true;

  XTAPE_API void fields(Fields& f);
};

/// Cells one on the other as one cell: the output of each is the input of the next. Its states are those of all, those
/// of the first cell first; its output is that of the last one, its type that of all.
/// ```
/// layers::RNN rnn(layers::StackedRNNCells({layers::LSTMCell(32), layers::GRUCell(16)}));
/// ```
class XTAPE_API StackedRNNCells : public Cell {
 public:
  /// @throws ValueError for no cells or two of one name, DTypeError for cells of several types.
  explicit StackedRNNCells(const std::vector<Cell>& cells, StackedRNNCellsOptions options = {});  // refused? see them

  const std::vector<Cell> cells() const;

  /// The cell that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static StackedRNNCells from_config(const Config& config);
};

}  // namespace xtape::layers
