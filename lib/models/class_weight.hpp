#pragma once

#include <cstdint>
#include <map>
#include <xtape/models/data.hpp>

namespace xtape::models {

// @throws ValueError for a class below 0 and a weight that is negative or not finite.
void check_class_weight(const std::map<int64_t, double>& class_weight);

// The data with a sample_weight by the class of y: its label, or where its one-hot row is largest; 1 for other classes.
// As in Keras any [n, classes] is taken for one-hot rows, labels [n, steps] of sequences too.
// @throws ValueError if there are weights already, or y is not one that has one class for each sample.
Batch with_class_weight(Batch data, const std::map<int64_t, double>& class_weight);

}  // namespace xtape::models
