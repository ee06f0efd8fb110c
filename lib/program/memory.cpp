#include "program/memory.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace xtape::program {
namespace {

constexpr std::size_t alignment = 64;

// A place in the arena and who lives there, one storage after the other, from the instruction that makes the first to
// the one that reads the last.
struct Place {
  std::size_t bytes, first, last;
  std::size_t offset = 0;
};

struct Lifetimes {
  std::vector<Place> places;
  std::unordered_map<const core::Storage*, std::size_t> place_of;
};

// Whether `instruction` may write its result over x, which it is the last to read: both are whole and alike, and it
// reads the elements there as x alone.
bool may_overwrite(const Instruction& instruction, const Tensor& x, const Tensor& y) {
  const core::TensorImpl *from = core::impl(x), *to = core::impl(y);
  if (!from->contiguous || from->offset != 0 || from->shape != to->shape ||
      size_of(from->dtype) != size_of(to->dtype)) {
    return false;
  }
  return std::all_of(instruction.inputs.begin(), instruction.inputs.end(), [&](const Tensor& other) {
    if (!other.defined() || storage_of(other) != storage_of(x)) return true;
    const core::TensorImpl* same = core::impl(other);
    return same->contiguous && same->offset == 0 && same->shape == from->shape;
  });
}

Lifetimes lifetimes(const Graph& graph, bool in_place) {
  std::unordered_map<const core::Storage*, std::size_t> last_read;
  const std::size_t count = graph.instructions.size();
  for (std::size_t i = 0; i < count; ++i) {
    for_each_tensor(graph.instructions[i], [&](const Tensor& x) { last_read[storage_of(x)] = i; });
  }
  for (const Tensor& x : graph.outputs) last_read[storage_of(x)] = count;

  Lifetimes result;
  for (std::size_t i = 0; i < count; ++i) {
    const Instruction& instruction = graph.instructions[i];
    for (const Tensor& y : instruction.outputs) {
      if (!y.defined() || role_of(graph, y) != Role::temporary || result.place_of.contains(storage_of(y))) continue;
      const std::size_t last = last_read.at(storage_of(y));
      if (in_place && instruction.table->elementwise && instruction.outputs.size() == 1) {
        const auto over = std::find_if(instruction.inputs.begin(), instruction.inputs.end(), [&](const Tensor& x) {
          return x.defined() && role_of(graph, x) == Role::temporary && last_read.at(storage_of(x)) == i &&
                 may_overwrite(instruction, x, y);
        });
        if (over != instruction.inputs.end()) {
          const std::size_t place = result.place_of.at(storage_of(*over));
          result.places[place].last = last;
          result.place_of[storage_of(y)] = place;
          continue;
        }
      }
      result.place_of[storage_of(y)] = result.places.size();
      result.places.push_back({storage_of(y)->bytes, i, last});
    }
  }
  return result;
}

// The largest places first, each at the lowest offset where it meets none that lives at the same time.
std::size_t lay_out(std::vector<Place>& places) {
  std::vector<Place*> order, laid;
  for (Place& place : places) order.push_back(&place);
  std::stable_sort(order.begin(), order.end(), [](const Place* a, const Place* b) { return a->bytes > b->bytes; });
  std::size_t size = 0;
  for (Place* place : order) {
    const std::size_t bytes = (place->bytes + alignment - 1) / alignment * alignment;
    for (const Place* other : laid) {
      if (other->last < place->first || place->last < other->first) continue;
      const std::size_t end = other->offset + (other->bytes + alignment - 1) / alignment * alignment;
      if (other->offset < place->offset + bytes && place->offset < end) place->offset = end;
    }
    size = std::max(size, place->offset + bytes);
    // By offset: the loop above moves up past each in turn.
    laid.insert(std::upper_bound(laid.begin(), laid.end(), place,
                                 [](const Place* a, const Place* b) { return a->offset < b->offset; }),
                place);
  }
  return size;
}

}  // namespace

void bind_inputs_and_results(Graph& graph) {
  Replacements bound;
  const auto bind = [&](const Tensor& x) {
    bound.emplace(storage_of(x), core::borrow_storage(nullptr, storage_of(x)->bytes, {}));
  };
  for (const Tensor& x : graph.inputs) bind(x);
  for (const Tensor& x : graph.outputs) {
    if (role_of(graph, x) != Role::temporary || !is_whole(x)) continue;
    graph.roles[storage_of(x)] = Role::result;
    bind(x);
  }
  replace_storages(graph, bound);
}

StorageReference plan_memory(Graph& graph, bool in_place) {
  Lifetimes plan = lifetimes(graph, in_place);
  StorageReference arena = core::make_storage(lay_out(plan.places));
  Replacements moved;
  for (const auto& [storage, place] : plan.place_of) {
    moved[storage] = core::borrow_storage(arena->data + plan.places[place].offset, storage->bytes, {});
  }
  replace_storages(graph, moved);
  return arena;
}

}  // namespace xtape::program
