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
/// `epoch`, then the names of the first epoch's logs in alphabetical order; a name that comes later has no column, and
/// what an epoch does not have is NA. If the first epoch had no validation (`validation_freq`), there are columns for
/// later ones: each of its names once more, with `val_` in front, behind all others. Several figures of one name, as F1
/// of each class, are a text: `"[0.5, 0.25]"`. Numbers and line ends are those of Python.
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
