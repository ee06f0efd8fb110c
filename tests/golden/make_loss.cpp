#include "golden/make_loss.hpp"

#include <xtape/json.hpp>

namespace xtape::test {

losses::Loss make_loss(const std::string& class_name, const Config& config) {
  xtape::Config loss = xtape::Config::dict();
  loss.set("class_name", class_name);
  loss.set("config", parse_json(config.json_text()));
  return losses::deserialize(loss);
}

}  // namespace xtape::test
