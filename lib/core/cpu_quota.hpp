#pragma once

#include <string>

namespace xtape::core {

// How many CPUs' time the control groups of this process grant it (the least quota of its group and those above it,
// versions 1 and 2, in whole CPUs, at least 1), or 0 where they set no limit. A process with more threads is stopped,
// all of it, whenever the time of a period is used up. `groups` lists the groups as /proc/self/cgroup does, `root` is
// where they are mounted.
int cpu_quota(const std::string& groups = "/proc/self/cgroup", const std::string& root = "/sys/fs/cgroup");

}  // namespace xtape::core
