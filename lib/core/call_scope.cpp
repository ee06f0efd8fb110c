#include <xtape/detail/call_scope.hpp>

namespace xtape::detail {

constinit thread_local const CallFrame* current_call = nullptr;
constinit thread_local bool in_trial = false;

}  // namespace xtape::detail
