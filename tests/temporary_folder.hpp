#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

// A folder that lives as long as this object.
class TemporaryFolder {
 public:
  TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
  // In memory, where the system has such a folder: for tests that write often, and do not ask what is on the disk.
  static TemporaryFolder in_memory() {
    const std::filesystem::path memory = "/dev/shm";
    return TemporaryFolder(access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& file) const { return (path_ / file).string(); }
  std::string path() const { return path_.string(); }

  std::string write(const std::string& file, const std::string& content) const {
    std::ofstream(path_ / file, std::ios::binary) << content;
    return *this / file;
  }

 private:
  explicit TemporaryFolder(const std::filesystem::path& parent) {
    std::string name = (parent / "xtape-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }

  std::filesystem::path path_;
};
