#pragma once

#include <cstdint>
#include <utility>
#include <vector>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

class CellImpl;

/// What an RNN does at each step of its sequences: a layer of an input and states, which gives an output and new
/// states. A cell of one's own begins with CellImpl (cell_impl.hpp).
class XTAPE_API Cell : public Layer {
 public:
  /// The cell that a layer is. @throws ValueError if it is none.
  explicit Cell(const Layer& layer);

  /// One step: `const auto [y, states] = cell(x, cell.get_initial_state(32));`, x [batch, ...].
  /// @throws ValueError for another number of states than state_size() lists, and as Layer::operator().
  std::pair<Tensor, std::vector<Tensor>> operator()(const Tensor& x, const std::vector<Tensor>& states,
                                                    CallOptions options = {}) const;
  std::pair<Symbol, std::vector<Symbol>> operator()(const Symbol& x, const std::vector<Symbol>& states,
                                                    CallOptions options = {}) const;

  /// The lengths of the states, each of which is [batch, length].
  std::vector<int64_t> state_size() const;
  /// The last length of the output.
  int64_t output_size() const;
  /// The states that sequences begin with where no others are given.
  std::vector<Tensor> get_initial_state(Count batch_size) const;

  /// What the cell does.
  CellImpl& impl() const;

 protected:
  explicit Cell(detail::Reference<LayerImpl> impl) noexcept;
};

}  // namespace xtape::layers
