#pragma once

#include <algorithm>
#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "saving/models.hpp"
#include "source_folder.hpp"

namespace xtape::test {

// A file of tests/golden/data/files/torch_1_13: for each case the tensors of a module, its inputs and its output.
class TorchCases {
 public:
  explicit TorchCases(const std::string& name)
      : path_(source_folder() + "/golden/data/files/torch_1_13/" + name), tensors_(io::load_pt(path_)) {}

  const std::string& path() const { return path_; }
  const Tensor& at(const std::string& name) const { return tensors_.at(name); }
  Tensor given(const std::string& name) const { return at(name + ".x"); }

  // The largest difference to PyTorch's outputs, relative to max(1, the largest of them).
  double difference(const Tensor& y, const std::string& name) const {
    const Tensor& expected = at(name + ".y");
    if (y.shape() != expected.shape()) return 1e9;
    return abs(y - expected).max().item() / std::max(1.0, abs(expected).max().item());
  }

  void check(const std::string& name, const Model& model, saving::LoadTorchWeightsOptions options = {}) const {
    CAPTURE(name);
    options.prefix = name + ".state";
    saving::load_torch_weights(model, path_, options);
    CHECK(difference(model.predict(given(name), {.verbose = 0}), name) < 1e-5);
  }

 private:
  std::string path_;
  io::NamedTensors tensors_;
};

// What load_torch_weights says, which changes nothing then.
inline std::string torch_error(const Model& model, const std::string& path,
                               const saving::LoadTorchWeightsOptions& options) {
  const std::vector<Tensor> before = model.get_weights();
  try {
    saving::load_torch_weights(model, path, options);
  } catch (const ValueError& error) {
    CHECK(same(model.get_weights(), before));
    return error.what();
  }
  return "no error";
}

}  // namespace xtape::test
