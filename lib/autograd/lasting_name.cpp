#include "autograd/lasting_name.hpp"

#include <mutex>
#include <set>

namespace xtape::autograd {

const char* lasting_name(const std::string& name) {
  static std::mutex mutex;
  static std::set<std::string> names;
  const std::lock_guard lock(mutex);
  return names.insert(name).first->c_str();
}

}  // namespace xtape::autograd
