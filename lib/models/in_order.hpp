#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>
#include <xtape/models/data.hpp>

// What is given by position or by name, in the order of a model's inputs or outputs. `what` begins errors; `kind` is
// what the names are of: "input", "output".
namespace xtape::models {

inline constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

// @throws ValueError: `loss: expected 2 values, one for each output (price, kind), given 3`.
void check_count(const std::string& what, const std::string& values, const std::string& kind, std::size_t given,
                 std::size_t expected, const std::vector<std::string>& names);

// Where what belongs to each of `names` is in `given`, or `absent`. @throws ValueError for a name that is unknown or
// given twice, and if there are no names.
std::vector<std::size_t> places_by_name(const std::string& what, const std::string& kind,
                                        const std::vector<std::string>& given, const std::vector<std::string>& names);

// The data by position: those of `names`, unless they are given so and there are none. What is not given by name is
// undefined. @throws ValueError for another number of tensors than names, and as places_by_name does.
Data in_order(const std::string& what, const std::string& kind, const Data& data,
              const std::vector<std::string>& names);

// @throws ValueError if one is undefined: `x: the input "tags" is not given`.
void check_all_given(const std::string& what, const std::string& kind, const Data& data,
                     const std::vector<std::string>& names);

}  // namespace xtape::models
