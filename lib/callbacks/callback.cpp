#include <xtape/callbacks/callback.hpp>
#include <xtape/error.hpp>

namespace xtape::callbacks {

models::Model& Callback::model() const {
  if (!model_) throw ValueError("callback: there is no model before fit");
  return *model_;
}

}  // namespace xtape::callbacks
