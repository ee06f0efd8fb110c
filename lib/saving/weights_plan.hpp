#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
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

  // Takes over what another plan changes, or, if that has problems and `skips`, says them on std::cerr instead. Values
  // of one variable that differ are a problem.
  void add(WeightsPlan part, bool skips, const std::string& what);

  bool is_right() const { return problems_.empty(); }
  // @throws ValueError listing all problems, if there are any: `what` is the file.
  void check(const std::string& what) const;
  void apply() const;
  // Whether the variable gets a value.
  bool sets(const Tensor& variable) const { return variables_.contains(variable.handle()); }

 private:
  struct Assignment {
    std::string place;
    Tensor variable;
    Tensor value;
  };

  // What is wrong with another value of a variable that has one: nothing, if they are equal.
  std::optional<std::string> difference_of(const Assignment& assignment) const;
  void take(Assignment assignment);

  std::vector<Assignment> assignments_;
  // Which of them the variables get.
  std::unordered_map<const void*, std::size_t> variables_;
  std::vector<std::string> problems_;
};

}  // namespace xtape::saving
