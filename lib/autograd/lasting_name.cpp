#include "autograd/lasting_name.hpp"

#include <mutex>
#include <set>

#include "core/fork_safe_mutex.hpp"

namespace xtape::autograd {

const char* lasting_name(const std::string& name) {
  // Never destroyed: threads may compute until the process ends.
  static auto& mutex = *new core::ForkSafeMutex;
  static auto& names = *new std::set<std::string>;
  const std::lock_guard lock(mutex);
  return names.insert(name).first->c_str();
}

}  // namespace xtape::autograd
