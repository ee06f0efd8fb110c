#include "core/cpu_quota.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>

namespace xtape::core {
namespace {

// quota / period of one group, or 0; `folder` is one of version 1 or 2, where one of the files is absent.
int quota_of(const std::string& folder) {
  int64_t quota = 0, period = 0;
  if (std::ifstream file(folder + "/cpu.max"); file >> quota >> period) {  // "max 100000": no number, no limit
  } else {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;  // -1: no limit
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  if (quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::clamp<int64_t>(quota / period, 1, 1 << 15));
}

}  // namespace

int cpu_quota(const std::string& groups, const std::string& root) {
  int least = 0;
  std::ifstream file(groups);
  // hierarchy:controllers:/path, where version 2 has no controllers
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
    std::string mount = root;
    if (controllers.find(",cpu,") != std::string::npos)
      mount += "/cpu";
    else if (controllers != ",,")
      continue;
    for (std::string path = line.substr(second + 1);; path.resize(path.rfind('/'))) {
      const int quota = quota_of(mount + path);
      if (quota > 0 && (least == 0 || quota < least)) least = quota;
      if (path.find('/') == std::string::npos) break;
    }
  }
  return least;
}

}  // namespace xtape::core
