#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::saving {

// Names of layers that were given none: each program counts them by class as it makes them, so that "dense_2" of a file
// can be "dense_5" of the same model elsewhere.
class CountedNames {
 public:
  // What is done with names that were given, or read from a configuration, and are such as a program makes: "dense_1"
  // of a Dense.
  enum class Alike { kept, counted };

  explicit CountedNames(const layers::LayerImpl& model, Alike alike = Alike::kept);

  // Paths of weights in which such names are counted among these paths, so that those of two programs are the same.
  std::vector<std::string> recounted(const std::vector<std::string>& paths) const;
  // Whether there is such a name in a path.
  bool are_in(const std::string& path) const;

 private:
  struct Name {
    std::string_view kind;
    uint64_t number = 0;
  };

  void collect(const layers::LayerImpl& layer, Alike alike, bool in_bidirectional);
  // The kind is empty of other names.
  Name counted(std::string_view name) const;
  template <class Call>
  void for_each_layer(std::string_view path, const Call& call) const;

  std::set<std::string, std::less<>> kinds_;
  // Those that were given look the same at times.
  std::set<std::string, std::less<>> given_;
};

}  // namespace xtape::saving
