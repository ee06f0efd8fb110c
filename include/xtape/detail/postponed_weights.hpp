#pragma once

#include <functional>
#include <string>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/tensor.hpp>

namespace xtape::detail {

/// While it lives, weights that layers make in this thread are zeros where they are trained and an initializer would
/// draw their values, which can take far longer than to read those that replace them. What is drawn says nothing to a
/// layer that is built, and constants, which may, are made as ever. For the library's own files.
class XTAPE_API PostponedWeights {
 public:
  PostponedWeights();
  ~PostponedWeights();
  PostponedWeights(const PostponedWeights&) = delete;
  PostponedWeights& operator=(const PostponedWeights&) = delete;

  /// Whether there is one, and the initializer draws: then `value`, of zeros, gets its values later, if at all.
  static bool takes(const initializers::Initializer& initializer);
  static void add(const std::string& name, const Tensor& value, const initializers::Initializer& initializer);

  /// Draws the values of all but those that have got others since, as `is_set` knows or elements show.
  void draw_others(const std::function<bool(const Tensor& value)>& is_set) const;

 private:
  struct Postponed {
    std::string name;
    Tensor value;
    initializers::Initializer initializer;
  };

  std::vector<Postponed> all_;
  PostponedWeights* const around_;
};

}  // namespace xtape::detail
