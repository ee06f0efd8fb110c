#include <xtape/detail/call_scope.hpp>

namespace xtape::detail {

constinit thread_local const CallFrame* current_call = nullptr;

}  // namespace xtape::detail
