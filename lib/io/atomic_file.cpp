#include "io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>

namespace xtape::io {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// What a link leads to, which need not be there; any other path as it is.
std::string behind_links(const std::string& path) {
  constexpr int most = 40;  // as the system follows
  fs::path target = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(target, error)); ++links) {
    if (links == most)
      throw IOError("cannot write " + path + ": links that lead to links, more than the system follows");
    const fs::path next = fs::read_symlink(target, error);
    if (error) throw IOError("cannot write " + path + ": " + error.message());
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  return target.string();
}

// Pieces that a call takes.
constexpr std::size_t max_parts = IOV_MAX;
// Systems take at most 2 GiB at a time; what is written in smaller parts the disk begins with earlier.
constexpr std::size_t call_bytes = 8 << 20;

constexpr std::string_view temporary_begin = ".xtape-", temporary_end = ".tmp";

// Who writes a temporary file holds a lock on it, which ends with the process however that ends: also where processes
// are numbered apart, in containers or on other machines. False if another one has it.
bool lock(int file) { return ::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

// Whether the open file is there under that name.
bool is_named(int file, const char* name) {
  struct stat open, named;
  return ::fstat(file, &open) == 0 && ::lstat(name, &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

// Whether this process has not asked so for this folder before. Of folders with thousands of checkpoints it takes a
// while to look through one. Without a lock, which a child of this process might find closed.
bool is_first_time_in(const std::string& folder) {
  struct Known {
    pid_t process;
    std::string path;
    // Which folder it is; that of one that is gone may have been given to another one.
    dev_t device;
    ino_t number;
    const Known* next;
  };
  static std::atomic<const Known*> all = nullptr;
  struct stat status;
  if (::stat(folder.c_str(), &status) != 0) return false;
  const pid_t process = ::getpid();
  for (const Known* each = all; each != nullptr; each = each->next) {
    const bool is_same = each->device == status.st_dev && each->number == status.st_ino && each->path == folder;
    if (each->process == process && is_same) return false;
  }
  auto* const added = new Known{process, folder, status.st_dev, status.st_ino, all.load()};
  while (!all.compare_exchange_weak(added->next, added)) {
  }
  return true;
}

// Removes what processes left that were killed between the first and the last name of a file.
void remove_abandoned(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(temporary_begin) || !name.ends_with(temporary_end)) continue;
    const char* const path = entry->path().c_str();
    const int file = ::open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) continue;
    if (::flock(file, LOCK_EX | LOCK_NB) == 0 && is_named(file, path)) ::unlink(path);
    ::close(file);
  }
}

// Calls `make` with names of files that may be there already, until it says so no longer.
template <class Make>
std::string new_name(const std::string& target, Make make) {
  static std::atomic<unsigned> calls{0};
  for (;;) {
    const std::string file = std::string(temporary_begin) + std::to_string(::getpid()) + "-" + std::to_string(++calls) +
                             std::string(temporary_end);
    const std::string name = (fs::path(folder_of(target)) / file).string();
    if (make(name.c_str())) return name;
    if (errno != EEXIST) return {};
  }
}

std::string in_process(int file) { return "/proc/self/fd/" + std::to_string(file); }

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  detail::check_path("cannot write", path);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw IOError("cannot write " + path + ": it is " + (fs::is_directory(status) ? "a folder" : "no regular file"));
  }
  // A link stays: what it leads to is replaced, or made.
  target_ = behind_links(path);
  if (target_.empty()) throw IOError("cannot write " + path + ": it names no file");

  struct stat old;
  const bool replaces = ::stat(target_.c_str(), &old) == 0;
  if (replaces && ::access(target_.c_str(), W_OK) != 0) fail("write", errno);
  if (const std::string folder = folder_of(target_); is_first_time_in(folder)) remove_abandoned(folder);
  open_temporary();
  if (replaces) {
    // Whose it is can be kept by those who may give files away.
    [[maybe_unused]] const int given = ::fchown(temporary_.file, old.st_uid, old.st_gid);
    if (::fchmod(temporary_.file, old.st_mode & 0777) != 0) fail("keep the permissions of", errno);
  }
}

AtomicFile::Temporary::~Temporary() {
  if (file >= 0) ::close(file);
  if (!name.empty()) ::unlink(name.c_str());
}

void AtomicFile::fail(const std::string& what, int reason) const {
  throw IOError("cannot " + what + " " + path_ + ": " + std::generic_category().message(reason));
}

void AtomicFile::open_temporary() {
  // Of a file without a name nothing is left when the process is killed.
#ifdef O_TMPFILE
  temporary_.file = ::open(folder_of(target_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (temporary_.file >= 0 && ::access(in_process(temporary_.file).c_str(), F_OK) == 0) {
    lock(temporary_.file);  // nobody else knows it yet
    return;
  }
  if (temporary_.file >= 0) ::close(temporary_.file);
#endif
  temporary_.name = new_name(target_, [&](const char* name) {
    temporary_.file = ::open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (temporary_.file < 0) return false;
    // Another process may have taken it for an abandoned one before it was locked.
    if (lock(temporary_.file) && is_named(temporary_.file, name)) return true;
    ::close(std::exchange(temporary_.file, -1));
    errno = EEXIST;
    return false;
  });
  if (temporary_.name.empty()) fail("write", errno);
}

void AtomicFile::name_temporary() {
  if (!temporary_.name.empty()) return;
  const std::string from = in_process(temporary_.file);
  temporary_.name = new_name(target_, [&](const char* name) {
    return ::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
  });
  if (temporary_.name.empty()) fail("write", errno);
}

void AtomicFile::write(const Content& content) {
  const std::vector<std::span<const std::byte>>& pieces = content.pieces();
  std::size_t piece = 0, offset = 0;
  std::vector<iovec> parts;
  while (piece < pieces.size()) {
    parts.clear();
    std::size_t bytes = 0;
    for (std::size_t i = piece; i < pieces.size() && parts.size() < max_parts && bytes < call_bytes; ++i) {
      const std::span<const std::byte> rest = pieces[i].subspan(i == piece ? offset : 0);
      const std::size_t count = std::min(rest.size(), call_bytes - bytes);
      parts.push_back({const_cast<std::byte*>(rest.data()), count});
      bytes += count;
    }
    const ssize_t count = ::writev(temporary_.file, parts.data(), static_cast<int>(parts.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write", errno);
    begin_to_keep(static_cast<std::size_t>(count));
    for (offset += static_cast<std::size_t>(count); piece < pieces.size() && offset >= pieces[piece].size(); ++piece) {
      offset -= pieces[piece].size();
    }
  }
}

// The disk begins while the rest is made ready, rather than when all is written. It is a hint: nobody asks for its answer.
void AtomicFile::begin_to_keep([[maybe_unused]] std::size_t written) {
#ifdef SYNC_FILE_RANGE_WRITE
  since_begun_ += written;
  if (since_begun_ < call_bytes) return;
  since_begun_ = 0;
  ::sync_file_range(temporary_.file, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
}

void AtomicFile::seek(uint64_t position) {
  if (::lseek(temporary_.file, static_cast<off_t>(position), SEEK_SET) < 0) fail("write", errno);
}

void AtomicFile::commit() {
  if (::fsync(temporary_.file) != 0) fail("write", errno);
  name_temporary();
  // The lock ends when the file is closed.
  if (std::rename(temporary_.name.c_str(), target_.c_str()) != 0) fail("write", errno);
  temporary_.name.clear();
  ::close(std::exchange(temporary_.file, -1));

  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;  // may be written to and not read
  const int reason = ::fsync(folder) == 0 ? 0 : errno;
  ::close(folder);
  // EINVAL: a file system that has nothing to do there.
  if (reason != 0 && reason != EINVAL) fail("write the folder of", reason);
}

void write_atomically(const std::string& path, const Content& content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace xtape::io
