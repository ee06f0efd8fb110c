#include "io/atomic_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <xtape/error.hpp>

#include "catch.hpp"
#include "file_size_limit.hpp"
#include "io/file_content.hpp"
#include "io/zip.hpp"
#include "temporary_folder.hpp"

using namespace xtape;
namespace fs = std::filesystem;

namespace {

std::size_t entries_of(const TemporaryFolder& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.path())) ++count;
  return count;
}

void write(const std::string& path, const std::string& content) { io::write_atomically(path, io::as_bytes(content)); }

}  // namespace

TEST_CASE("an atomic file is there whole, and nothing beside it") {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  write(path, "first");
  CHECK(file_content(path) == "first");
  write(path, "");
  CHECK(file_content(path).empty());
  write(path, std::string(100000, 'x'));
  CHECK(file_content(path) == std::string(100000, 'x'));
  CHECK(entries_of(folder) == 1);
}

TEST_CASE("what was there stays until an atomic file is committed") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  {
    io::AtomicFile file(path);
    file.write(io::as_bytes("new"));
    CHECK(file_content(path) == "old");
  }
  CHECK(file_content(path) == "old");
  CHECK(entries_of(folder) == 1);
}

TEST_CASE("an atomic file is written in pieces, and anew where it was written") {
  const TemporaryFolder folder;
  // More pieces than the system takes at once.
  const std::string small = "0123456789", large(100000, 'x');
  io::Content content;
  std::string expected;
  for (int i = 0; i < 2500; ++i) {
    content.append(io::as_bytes(small));
    expected += small;
  }
  content.append(io::as_bytes(large));
  content.append(std::vector<std::byte>(3, std::byte{'y'}));
  expected += large + "yyy";
  CHECK(content.bytes() == expected.size());
  io::AtomicFile file(folder / "file");
  file.write(content);
  file.seek(5);
  file.write(io::as_bytes("abc"));
  file.seek(expected.size());
  file.write(io::as_bytes("end"));
  file.commit();
  expected.replace(5, 3, "abc");
  CHECK(file_content(folder / "file") == expected + "end");
}

TEST_CASE("a full disk is an error, and the old file stays") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  {
    const FileSizeLimit limit(4096);
    CHECK_THROWS_WITH(write(path, std::string(10000, 'x')), "cannot write " + path + ": File too large");
    CHECK_THROWS_AS(write(path, std::string(10000, 'x')), IOError);
  }
  CHECK(file_content(path) == "old");
  CHECK(entries_of(folder) == 1);
}

TEST_CASE("an atomic file keeps permissions and links") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  REQUIRE(chmod(path.c_str(), 0640) == 0);
  fs::create_symlink("file", folder / "link");
  write(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(file_content(path) == "new");
  struct stat status;
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);

  const mode_t mask = umask(027);
  write(folder / "other", "new");
  umask(mask);
  REQUIRE(stat((folder / "other").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("an atomic file is made where a link leads to that is not there yet") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "runs/first");
  fs::create_symlink("../runs/first/file", folder / "runs/latest");
  fs::create_symlink(folder / "runs/latest", folder / "link");
  write(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(fs::is_symlink(folder / "runs/latest"));
  CHECK(file_content(folder / "runs/first/file") == "new");
  fs::create_symlink("nowhere/file", folder / "lost");
  CHECK_THROWS_WITH(write(folder / "lost", "new"), Contains(folder / "lost"));
  CHECK(fs::is_symlink(folder / "lost"));
  fs::create_symlink("round", folder / "round");
  CHECK_THROWS_AS(write(folder / "round", "new"), IOError);
}

TEST_CASE("an atomic file refuses what is no file") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(write(folder.path(), "x"), "cannot write " + folder.path() + ": it is a folder");
  CHECK_THROWS_WITH(write("/dev/null", "x"), "cannot write /dev/null: it is no regular file");
  CHECK_THROWS_WITH(write(folder / "none/file", "x"),
                    "cannot write " + (folder / "none/file") + ": No such file or directory");
  CHECK_THROWS_AS(write("", "x"), IOError);
}

TEST_CASE("of two who save at once, one leaves a whole file") {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  const auto save = [&](char letter) {
    for (int i = 0; i < 20; ++i) write(path, std::string(50000, letter));
  };
  std::thread other(save, 'b');
  save('a');
  other.join();
  const std::string content = file_content(path);
  REQUIRE(content.size() == 50000);
  CHECK(content == std::string(50000, content[0]));
  CHECK(entries_of(folder) == 1);
}

TEST_CASE("an atomic file removes what killed processes left, and nothing else") {
  const TemporaryFolder folder;
  const std::string abandoned = folder.write(".xtape-1-1.tmp", "half a fi");
  const std::string written = folder.write(".xtape-1-2.tmp", "somebody writes it");
  folder.write("xtape.tmp", "another program's");
  const int file = open(written.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(flock(file, LOCK_EX | LOCK_NB) == 0);
  write(folder / "file", "new");
  CHECK_FALSE(fs::exists(abandoned));
  CHECK(file_content(written) == "somebody writes it");
  close(file);
  // Each process looks once.
  write(folder / "file", "newer");
  CHECK(fs::exists(written));
  const pid_t other = fork();
  REQUIRE(other >= 0);
  if (other == 0) {
    write(folder / "file", "newest");
    _exit(0);
  }
  int status = 1;
  REQUIRE(waitpid(other, &status, 0) == other);
  CHECK(status == 0);
  CHECK(file_content(folder / "file") == "newest");
  CHECK_FALSE(fs::exists(written));
  CHECK(entries_of(folder) == 2);
}

TEST_CASE("whoever is killed while saving leaves the file before or the file after") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", std::string(30000, 'a'));
  for (int i = 0; i < 60; ++i) {
    const pid_t saver = fork();
    REQUIRE(saver >= 0);
    if (saver == 0) {
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
        write(path, std::string(30000, letter));
      }
    }
    usleep(static_cast<useconds_t>(i * 97));
    kill(saver, SIGKILL);
    REQUIRE(waitpid(saver, nullptr, 0) == saver);
    const std::string content = file_content(path);
    REQUIRE(content.size() == 30000);
    REQUIRE(content == std::string(30000, content[0]));
  }
}
