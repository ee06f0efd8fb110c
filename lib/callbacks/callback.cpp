#include <xtape/callbacks/callback.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model.hpp>

namespace xtape::callbacks {

void CallbackImpl::set_model(const models::Model& model) { model_ = std::make_shared<const models::Model>(model); }

models::Model CallbackImpl::model() const {
  if (!model_) throw ValueError("callback: there is no model before fit");
  return *model_;
}

}  // namespace xtape::callbacks
