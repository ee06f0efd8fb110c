#include "saving/random_state.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>
#include <xtape/detail/random_stream.hpp>
#include <xtape/error.hpp>
#include <xtape/random.hpp>

namespace xtape::saving {
namespace {

using layers::LayerImpl;

void collect(LayerImpl& layer, std::unordered_set<LayerImpl*>& seen, std::vector<detail::RandomStream*>& streams) {
  if (!seen.insert(&layer).second) return;
  for (detail::RandomStream* stream : layer.random_streams()) streams.push_back(stream);
  for (const auto& part : layer.parts()) collect(*part, seen, streams);
}

std::vector<detail::RandomStream*> streams_of(LayerImpl& model) {
  std::unordered_set<LayerImpl*> seen;
  std::vector<detail::RandomStream*> streams;
  collect(model, seen, streams);
  return streams;
}

uint64_t number_of(const Config& text) {
  uint64_t number = 0;
  const std::string& digits = text.text();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size()) return number;
  throw ValueError("random state: expected a number, given \"" + digits + '"');
}

}  // namespace

Config config_of(const RandomState& state) {
  // As texts: numbers of JSON end at 2^63.
  Config config = Config::dict();
  config.set("seed", std::to_string(state.seed));
  config.set("offset", std::to_string(state.offset));
  return config;
}

RandomState random_state_in(const Config& config) {
  return {number_of(config.at("seed")), number_of(config.at("offset"))};
}

Config random_state_of(const LayerImpl& model) {
  Config state = config_of(get_random_state());
  Config::List offsets;
  // Streams are only looked at.
  for (const auto* stream : streams_of(const_cast<LayerImpl&>(model))) {
    offsets.push_back(std::to_string(stream->offset()));
  }
  state.set("layers", std::move(offsets));
  return state;
}

void set_random_state_of(LayerImpl& model, const Config& state) {
  const std::vector<detail::RandomStream*> streams = streams_of(model);
  std::vector<uint64_t> offsets;
  for (const Config& offset : state.at("layers").list()) offsets.push_back(number_of(offset));
  if (offsets.size() != streams.size()) {
    throw ValueError("random state: " + std::to_string(streams.size()) +
                     " layers have a stream of their own, the file " + std::to_string(offsets.size()));
  }
  const RandomState global = random_state_in(state);
  for (std::size_t i = 0; i < streams.size(); ++i) streams[i]->set_offset(offsets[i]);
  set_random_state(global);
}

}  // namespace xtape::saving
