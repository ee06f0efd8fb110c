#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/detail/config_name.hpp>
#include <xtape/detail/shared_layers.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/bidirectional.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>
#include <xtape/layers/time_distributed.hpp>

#include "layers/build_config.hpp"

// Layers around layers, read. Apart from the layers, so that a program that reads none is not linked with all that a
// configuration may name.
namespace xtape::layers {
namespace {

// Their type is that of the layers in them, with which a configuration has to agree.
template <class Options>
struct WrapperFields {
  Options options = {};
  DType dtype = float32;

  void fields(Fields& f) {
    options.fields(f);
    f("dtype", dtype);
  }
};
// Whether the wrapper is trained is read by `checked`: a constructor would freeze the layers in it, which have said so.
template <class Fields>
Fields read_wrapper(const Config& config, const char* class_name) {
  auto given = read_fields<Fields>(config, class_name);
  given.options.trainable = true;
  return given;
}
template <class Made>
Made checked(const Made& made, const Config& config) {
  made.Layer::impl().apply_config(config);
  return made;
}

struct StackedRNNCellsFields : WrapperFields<StackedRNNCellsOptions> {
  std::vector<Config> cells;
  void fields(Fields& f) {
    WrapperFields::fields(f);
    f("cells", cells);
  }
};

struct RNNFields : WrapperFields<RNNOptions> {
  Config cell;
  void fields(Fields& f) {
    WrapperFields::fields(f);
    f("cell", cell);
  }
};

struct BidirectionalFields : WrapperFields<BidirectionalOptions> {
  Config layer;
  // Nothing, of one that was written by hand: made of the other one.
  Config backward_layer;
  void fields(Fields& f) {
    WrapperFields::fields(f);
    f("layer", layer)("backward_layer", backward_layer);
  }
};

struct TimeDistributedFields : WrapperFields<TimeDistributedOptions> {
  Config layer;
  void fields(Fields& f) {
    WrapperFields::fields(f);
    f("layer", layer);
  }
};

// Of which a copy is made.
Layer copied_layer(const Config& config) {
  const SharedLayersScope::Pause pause;
  return deserialize_unbuilt(config);
}

}  // namespace

StackedRNNCells StackedRNNCells::from_config(const Config& config) {
  auto given = read_wrapper<StackedRNNCellsFields>(config, "StackedRNNCells");
  std::vector<Cell> cells;
  // A cell that is in it twice is written twice: no two cells have one name.
  std::unordered_map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < given.cells.size(); ++i) {
    const Config& cell = given.cells[i];
    const auto [first, is_new] = by_name.try_emplace(detail::name_in_config(cell), i);
    const bool again = !is_new && given.cells[first->second] == cell;
    cells.push_back(again ? cells[first->second] : Cell(deserialize_unbuilt(cell)));
  }
  return checked(StackedRNNCells(cells, std::move(given.options)), config);
}

RNN RNN::from_config(const Config& config) {
  auto given = read_wrapper<RNNFields>(config, "RNN");
  return checked(RNN(Cell(deserialize_unbuilt(given.cell)), std::move(given.options)), config);
}

Bidirectional Bidirectional::from_config(const Config& config) {
  auto given = read_wrapper<BidirectionalFields>(config, "Bidirectional");
  if (!given.backward_layer.is_null()) given.options.backward_layer = deserialize_unbuilt(given.backward_layer);
  return checked(Bidirectional(copied_layer(given.layer), std::move(given.options)), config);
}

TimeDistributed TimeDistributed::from_config(const Config& config) {
  auto given = read_wrapper<TimeDistributedFields>(config, "TimeDistributed");
  // Its own type converts nothing: that of its layer counts, of which a model may have several.
  const TimeDistributed made(deserialize_unbuilt(given.layer), std::move(given.options));
  Config named = config;
  named.set("dtype", to_config(made.dtype()));
  return checked(made, named);
}

}  // namespace xtape::layers
