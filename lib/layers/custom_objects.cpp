#include <utility>
#include <xtape/layers/registry.hpp>

namespace xtape::layers {
namespace {

constinit thread_local const CustomObjectScope* current_scope = nullptr;

}  // namespace

CustomObjectScope::CustomObjectScope(std::vector<CustomObject> objects)
    : objects_(std::move(objects)), around_(current_scope) {
  current_scope = this;
}

CustomObjectScope::~CustomObjectScope() { current_scope = around_; }

const CustomObject* custom_object_of(const std::string& class_name) {
  for (const CustomObjectScope* scope = current_scope; scope; scope = scope->around_) {
    for (const CustomObject& object : scope->objects_) {
      if (object.class_name == class_name) return &object;
    }
  }
  return nullptr;
}

}  // namespace xtape::layers
