#include "golden/make_optimizer.hpp"

#include <xtape/json.hpp>

namespace xtape::test {

optimizers::Optimizer make_optimizer(const std::string& class_name, const Config& config) {
  xtape::Config optimizer = xtape::Config::dict();
  optimizer.set("class_name", class_name);
  optimizer.set("config", parse_json(config.json_text()));
  return optimizers::deserialize(optimizer);
}

}  // namespace xtape::test
