#include "autograd/registry.hpp"

namespace xtape::autograd {

void Registry::add(const Signature& signature, const OpTable& table, const Traits& traits) {
  using Answer = OpEntry::Answer;
  Attributes attributes;
  traits.attributes(attributes);
  OpEntry& entry = entries_.emplace_back(
      OpEntry{family_, signature.name, signature.kind, signature.inputs, signature.results, attributes.names()});
  const Answer otherwise = table.decompose ? Answer::decomposition : Answer::none;
  entry.reverse = table.record ? Answer::rule : otherwise;
  entry.forward = traits.linear ? Answer::linear : table.jvp ? Answer::rule : otherwise;
  entry.batch = traits.elementwise   ? Answer::elementwise
                : traits.loop_reason ? Answer::loop
                : table.batch        ? Answer::rule
                                     : otherwise;
  if (traits.loop_reason) entry.loop_reason = traits.loop_reason;
  if (traits.reason) entry.reason = traits.reason;
}

}  // namespace xtape::autograd
