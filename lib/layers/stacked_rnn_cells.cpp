#include <optional>
#include <string>
#include <xtape/error.hpp>
#include <xtape/layers/cell_impl.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/layer_fields.hpp"
#include "layers/steps.hpp"

namespace xtape::layers {
namespace {

LayerOptions checked_options(const StackedRNNCellsOptions& given, const std::vector<Cell>& cells) {
  if (cells.empty()) throw ValueError("StackedRNNCells: expected at least 1 cell, given none");
  const DType dtype = cells.front().dtype();
  for (const Cell& cell : cells) {
    if (cell.dtype() == dtype) continue;
    throw DTypeError("StackedRNNCells: expected cells of one type, given " + std::string(name(dtype)) + " and " +
                     name(cell.dtype()));
  }
  return {given.name, given.trainable, dtype};
}

class StackedRNNCellsImpl : public CellImpl {
 public:
  StackedRNNCellsImpl(LayerOptions options, StackedRNNCellsOptions given)
      : CellImpl(std::move(options)), given_(std::move(given)) {}

  // Once it is made: the cells are its parts in this order, not in that in which they were made.
  void add(const std::vector<Cell>& cells) {
    for (const Cell& cell : cells) {
      add_part(cell.impl());
      cells_.push_back(cell);
    }
  }

  void fields(Fields& f) override {
    given_.fields(f);
    std::vector<Config> list;
    for (const Cell& cell : cells_) list.push_back(serialize(cell));
    f("cells", list);
  }

  std::optional<std::string> place_of_part(std::size_t) const override { return "cells/"; }

  void build(const Shape& input_shape) override {
    Shape shape = input_shape;
    for (const Cell& cell : cells_) shape = cell.impl().connect(shape);
  }

  std::vector<int64_t> state_size() const override {
    std::vector<int64_t> all;
    for (const Cell& cell : cells_) {
      for (const int64_t length : cell.state_size()) all.push_back(length);
    }
    return all;
  }
  int64_t output_size() const override { return cells_.back().output_size(); }

  std::vector<Tensor> get_initial_state(int64_t batch_size) override {
    std::vector<Tensor> all;
    for (const Cell& cell : cells_) {
      for (const Tensor& state : cell.get_initial_state(batch_size)) all.push_back(state);
    }
    return all;
  }

  std::pair<Tensor, std::vector<Tensor>> call(const Tensor& x, const std::vector<Tensor>& states) override {
    Tensor output = x;
    std::vector<Tensor> new_states;
    auto next = states.begin();
    for (const Cell& cell : cells_) {
      const auto end = next + static_cast<std::ptrdiff_t>(cell.impl().state_count());
      const auto [result, own] = cell(output, std::vector<Tensor>(next, end));
      output = result;
      new_states.insert(new_states.end(), own.begin(), own.end());
      next = end;
    }
    return {output, new_states};
  }

  // Cell by cell, which is the same as step by step, as no cell reads what comes later: each may take its faster way.
  SequenceResult run_sequence(const Tensor& x, const SequenceOptions& options) override {
    check_initial_state(state_count(), options.initial_state.size());
    SequenceResult result{x, {}};
    SequenceOptions how = options;
    std::size_t first_state = 0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      CellImpl& cell = cells_[i].impl();
      const bool is_last = i + 1 == cells_.size();
      how.return_sequences = options.return_sequences || !is_last;
      how.zero_output_for_mask = options.zero_output_for_mask && is_last;
      if (!options.initial_state.empty()) {
        const auto begin = options.initial_state.begin() + static_cast<std::ptrdiff_t>(first_state);
        how.initial_state.assign(begin, begin + static_cast<std::ptrdiff_t>(cell.state_count()));
      }
      first_state += cell.state_count();
      auto [outputs, states] = cell.run_sequence(result.outputs, how);
      result.outputs = std::move(outputs);
      result.states.insert(result.states.end(), states.begin(), states.end());
      // Outputs are in the order of steps.
      if (i == 0 && options.go_backwards) {
        how.go_backwards = false;
        if (how.mask.defined()) how.mask = flip(how.mask, 1);
      }
    }
    return result;
  }

  std::vector<Shape> state_shapes(const Shape& input_shape) const override {
    std::vector<Shape> all;
    Shape shape = input_shape;
    for (const Cell& cell : cells_) {
      for (const Shape& state : cell.impl().state_shapes(shape)) all.push_back(state);
      shape = cell.impl().compute_output_shape(shape);
    }
    return all;
  }
  std::size_t state_count() const override {
    std::size_t count = 0;
    for (const Cell& cell : cells_) count += cell.impl().state_count();
    return count;
  }
  Shape compute_output_shape(const Shape& input_shape) override {
    Shape shape = input_shape;
    for (const Cell& cell : cells_) shape = cell.impl().compute_output_shape(shape);
    return shape;
  }

  const std::vector<Cell>& cells() const { return cells_; }

 private:
  StackedRNNCellsOptions given_;
  std::vector<Cell> cells_;
};

}  // namespace

void StackedRNNCellsOptions::fields(Fields& f) { f("name", name)("trainable", trainable); }

StackedRNNCells::StackedRNNCells(const std::vector<Cell>& cells, StackedRNNCellsOptions options)
    : Cell(make_layer<StackedRNNCellsImpl>(checked_options(options, cells), options)) {
  implementation_of<StackedRNNCellsImpl>(*this).add(cells);
}

const std::vector<Cell> StackedRNNCells::cells() const { return implementation_of<StackedRNNCellsImpl>(*this).cells(); }

}  // namespace xtape::layers
