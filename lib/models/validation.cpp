#include <algorithm>
#include <xtape/models/validation.hpp>

namespace xtape::models {

bool ValidationFreq::due(int64_t epoch) const {
  if (epochs_.empty()) return (epoch + 1) % every_ == 0;
  return std::find(epochs_.begin(), epochs_.end(), epoch + 1) != epochs_.end();
}

}  // namespace xtape::models
