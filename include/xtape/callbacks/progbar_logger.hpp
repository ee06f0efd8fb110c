#pragma once

#include <xtape/callbacks/callback.hpp>

namespace xtape::callbacks {

/// Shows the progress of fit, evaluate and predict at its place among the callbacks; without one, they show it after
/// all callbacks.
class XTAPE_API ProgbarLogger : public Callback {
 public:
  ProgbarLogger();
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::ProgbarLogger;
}
