#include "saving/kept_states.hpp"

#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/kept_states.hpp>
#include <xtape/error.hpp>

#include "saving/keepers.hpp"
#include "saving/optimizer_state.hpp"

namespace xtape::saving {
namespace {

using Keeper = KeeperOf<layers::KeepsStates>;

std::vector<Tensor> states_at(const io::ArrayGroup& states, const std::string& path) {
  const io::ArrayGroup* const group = states.find_group(path);
  return group ? numbered_arrays(*group) : std::vector<Tensor>();
}

std::size_t count_of_arrays(const io::ArrayGroup& group) {
  std::size_t count = group.arrays.size();
  for (const io::NamedGroup& each : group.groups) count += count_of_arrays(each.second);
  return count;
}

}  // namespace

io::ArrayGroup kept_states_of(const layers::LayerImpl& model) {
  io::GroupTree tree;
  for (const Keeper& keeper : keepers_in<layers::KeepsStates>(model)) {
    const std::vector<Tensor>& states = keeper.layer->kept_states();
    if (states.empty()) continue;
    io::ArrayGroup& group = tree.at(keeper.path);
    for (std::size_t i = 0; i < states.size(); ++i) group.arrays.emplace_back(std::to_string(i), states[i].detach());
  }
  return tree.take();
}

void plan_kept_states(const io::ArrayGroup& states, const layers::LayerImpl& model, WeightsPlan& plan) {
  std::size_t known = 0;
  for (const Keeper& keeper : keepers_in<layers::KeepsStates>(model)) {
    const std::vector<Tensor> values = states_at(states, keeper.path);
    known += values.size();
    try {
      keeper.layer->check_kept(values);
    } catch (const Error& error) {
      plan.note("states of " + keeper.path + ": " + error.message());
    }
  }
  if (known != count_of_arrays(states)) plan.note("states: the file has some of layers that the model does not have");
}

void set_kept_states(const io::ArrayGroup& states, const layers::LayerImpl& model) {
  for (const Keeper& keeper : keepers_in<layers::KeepsStates>(model))
    keeper.layer->set_kept_states(states_at(states, keeper.path));
}

}  // namespace xtape::saving
