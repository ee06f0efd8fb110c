#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

namespace xtape::saving {

// What reading a file is to change, and all that is wrong with it: nothing changes before all of it is known.
class WeightsPlan {
 public:
  // The variable at that place gets the value, as its type. Values of other shapes are a problem, but for
  // `other_shape`, in which the same elements are in the same order; and so are numbers that the type does not hold.
  void assign(const std::string& place, const Tensor& variable, const Tensor& value,
              const std::optional<Shape>& other_shape = {});
  void note_other_shape(const std::string& place, const Shape& shape, const Shape& in_file);
  void note_missing(const std::string& place, const Shape& shape);
  void note_extra(const std::string& place, const Shape& shape);
  // Any other problem.
  void note(const std::string& problem) { problems_.push_back(problem); }

  // Takes over what another plan changes, or, if that has problems and `skips`, says them on std::cerr instead.
  void add(WeightsPlan part, bool skips, const std::string& what);

  bool is_right() const { return problems_.empty(); }
  // @throws ValueError listing all problems, if there are any: `what` is the file.
  void check(const std::string& what) const;
  void apply() const;
  // Whether the variable gets a value.
  bool sets(const Tensor& variable) const { return variables_.contains(variable.handle()); }

 private:
  struct Assignment {
    Tensor variable;
    Tensor value;
  };

  std::vector<Assignment> assignments_;
  std::unordered_set<const void*> variables_;
  std::vector<std::string> problems_;
};

}  // namespace xtape::saving
