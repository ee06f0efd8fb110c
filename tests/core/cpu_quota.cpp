#include "core/cpu_quota.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("the CPU quota is the least of the group and those above it, in whole CPUs") {
  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path();
  const auto quota = [&] { return core::cpu_quota(root / "groups", root / "mount"); };
  CHECK(quota() == 0);

  write(root / "groups", "3:memory:/box\n0::/outer/inner\n");
  CHECK(quota() == 0);
  write(root / "mount/outer/inner/cpu.max", "max 100000\n");
  CHECK(quota() == 0);
  write(root / "mount/outer/cpu.max", "350000 100000\n");
  CHECK(quota() == 3);
  write(root / "mount/outer/inner/cpu.max", "50000 100000\n");
  CHECK(quota() == 1);
  write(root / "mount/outer/inner/cpu.max", "400000 100000\n");
  write(root / "mount/cpu.max", "200000 100000\n");
  CHECK(quota() == 2);
}

TEST_CASE("control groups of version 1 have quotas too") {
  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path();
  const std::string controllers = GENERATE(as<std::string>{}, "cpu", "cpu,cpuacct", "cpuacct,cpu");
  write(root / "groups", "4:" + controllers + ":/box\n5:cpuset:/\n");
  write(root / "mount/cpu/box/cpu.cfs_period_us", "100000\n");
  write(root / "mount/cpu/box/cpu.cfs_quota_us", "-1\n");
  CHECK(core::cpu_quota(root / "groups", root / "mount") == 0);
  write(root / "mount/cpu/box/cpu.cfs_quota_us", "250000\n");
  CHECK(core::cpu_quota(root / "groups", root / "mount") == 2);
}
