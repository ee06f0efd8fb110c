#include <xtape/detail/call_scope.hpp>

namespace xtape::detail {

constinit thread_local const CallFrame* current_call = nullptr;
constinit thread_local bool in_trial = false;
constinit std::atomic<const std::string& (*)(const layers::LayerImpl&)> name_of_layer = nullptr;

std::string call_path() {
  std::string path;
  // Beyond a frame without a layer are calls of another time.
  for (const CallFrame* call = current_call; call && call->layer; call = call->around) {
    const std::string& name = name_of_layer.load(std::memory_order_relaxed)(*call->layer);
    path = path.empty() ? name : name + '/' + path;
  }
  return path;
}

}  // namespace xtape::detail
