#include <algorithm>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/models/data.hpp>

namespace xtape::models {

Data::Data(std::initializer_list<detail::Named<Tensor>> all) {
  for (const auto& [name, value] : all) {
    names_.push_back(name);
    all_.push_back(value);
  }
}

Data Data::with(std::vector<Tensor> all) const {
  if (!names_.empty() && all.size() != names_.size()) {
    throw ValueError("with: the data have " + std::to_string(names_.size()) + " names, given " +
                     std::to_string(all.size()) + " tensors");
  }
  Data result(std::move(all));
  result.names_ = names_;
  return result;
}

bool Data::defined() const noexcept {
  return std::any_of(all_.begin(), all_.end(), [](const Tensor& tensor) { return tensor.defined(); });
}

Data::operator const Tensor&() const {
  static const Tensor& none = *new Tensor();  // never destroyed: models may train until the end
  if (all_.empty()) return none;
  if (all_.size() == 1) return all_.front();
  throw ValueError("one tensor is needed, the data hold " + std::to_string(all_.size()) +
                   "; take them with all(), or [0], [1], ...");
}

}  // namespace xtape::models
