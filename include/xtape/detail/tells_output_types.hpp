#pragma once

#include <vector>
#include <xtape/dtype.hpp>
#include <xtape/layers/arguments.hpp>
#include <xtape/layers/symbol.hpp>

namespace xtape::layers {

/// A layer whose outputs are not all of its own type: an operation, a model.
class TellsOutputTypes {
 public:
  virtual ~TellsOutputTypes() = default;
  /// One for each output of that call.
  virtual std::vector<DType> output_dtypes(const Arguments<Symbol>& arguments) = 0;
};

}  // namespace xtape::layers
