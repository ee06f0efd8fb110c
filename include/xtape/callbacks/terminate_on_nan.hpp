#pragma once

#include <xtape/callbacks/callback.hpp>
#include <xtape/fields.hpp>

namespace xtape::callbacks {

struct TerminateOnNaNOptions {
  /// Whether fit throws at once, instead of ending as if it were stopped.
  bool raise_error = false;
  void fields(Fields& f) { f("raise_error", raise_error); }
};

/// Ends `fit` after the batch whose loss is NaN or infinite, and says which it was, from 0 within the epoch.
class XTAPE_API TerminateOnNaN : public Callback {
 public:
  /// @throws RuntimeError, in fit, with raise_error.
  explicit TerminateOnNaN(TerminateOnNaNOptions options = {});
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::TerminateOnNaN;
}
