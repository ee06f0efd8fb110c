#pragma once

#include <string>
#include <xtape/callbacks/callback.hpp>
#include <xtape/fields.hpp>

namespace xtape::callbacks {

struct CSVLoggerOptions {
  /// One letter.
  std::string separator = ",";
  /// Whether lines are added to a file that is there, without a second head. Otherwise it is overwritten.
  bool append = false;
  void fields(Fields& f) { f("separator", separator)("append", append); }
};

/// Writes a line for each epoch, from 0, into a file: as the epoch ends, so that it can be followed. The columns are
/// `epoch`, then the names of the first epoch's logs in alphabetical order; what a later epoch does not have is NA.
/// Numbers and line ends are those of Python.
class XTAPE_API CSVLogger : public Callback {
 public:
  /// @throws ValueError for a separator that is not one letter, a quote or a line end; IOError, in fit, if the file
  /// cannot be written.
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::CSVLogger;
}
