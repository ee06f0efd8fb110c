#include "autograd/batch_rules.hpp"

#include <algorithm>
#include <xtape/ops/manipulation.hpp>

#include "autograd/scratch.hpp"

namespace xtape::autograd {

void batch_elementwise(OpReference op, const Examples&, std::span<const Mapped> inputs, std::span<Tensor> outputs) {
  int rank = 0;
  for (const Mapped& x : inputs) rank = std::max(rank, x.rank());
  Scratch<Tensor> places;
  const std::span<Tensor> values = places.first(inputs.size());
  std::transform(inputs.begin(), inputs.end(), values.begin(), [=](const Mapped& x) { return aligned(x, rank); });
  op.table->apply(op.op, values, outputs);
}

void batch_alike(OpReference op, const Examples& examples, std::span<const Mapped> inputs, std::span<Tensor> outputs) {
  Scratch<Tensor> places;
  const std::span<Tensor> values = places.first(inputs.size());
  std::transform(inputs.begin(), inputs.end(), values.begin(), [&](const Mapped& x) { return stacked(x, examples); });
  op.table->apply(op.op, values, outputs);
}

void batch_by_loop(OpReference op, const Examples& examples, std::span<const Mapped> inputs,
                   std::span<Tensor> outputs) {
  std::vector<Tensor> results = for_each_example(examples, inputs, [&](const std::vector<Tensor>& example) {
    std::vector<Tensor> of_example(outputs.size());
    op.table->apply(op.op, example, of_example);
    return of_example;
  });
  std::move(results.begin(), results.end(), outputs.begin());
}

std::vector<Tensor> for_each_example(const Examples& examples, std::span<const Mapped> inputs,
                                     const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& run) {
  std::vector<std::vector<Tensor>> results;
  for (int64_t i = 0; i < examples.count; ++i) {
    std::vector<Tensor> example;
    for (const Mapped& x : inputs) example.push_back(x.mapped ? x.value.select(0, i) : x.value);
    const std::vector<Tensor> found = run(example);
    results.resize(found.size());
    for (std::size_t k = 0; k < found.size(); ++k) results[k].push_back(found[k]);
  }
  std::vector<Tensor> together;
  for (const std::vector<Tensor>& each : results) {
    together.push_back(each.front().defined() ? stack(each) : Tensor());
  }
  return together;
}

}  // namespace xtape::autograd
