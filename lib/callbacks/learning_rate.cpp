#include "callbacks/learning_rate.hpp"

namespace xtape::callbacks {

double logged_learning_rate(const models::Model& model) {
  return static_cast<double>(static_cast<float>(model.optimizer().learning_rate()));
}

}  // namespace xtape::callbacks
