#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/content.hpp"

namespace xtape::io {

// Writes a file that is there whole or not at all: the content goes to a temporary file in the same folder, which takes
// the place of `path` in `commit`. Until then, and after a crash or an error at any point, what was there before stays.
// Of several who write one path at the same time, the last to commit wins.
//
// A process that is killed leaves a temporary file behind only between the last two calls of the system; the next
// process that begins to write to the folder removes it.
//
// A link is followed, to a file that is not there yet too; the permissions of a file that is replaced are kept.
class AtomicFile {
 public:
  // @throws IOError, naming `path` and the system's reason, if its folder cannot be written or it is no regular file;
  // ValueError for a path with a zero byte.
  explicit AtomicFile(const std::string& path);
  // Without commit the temporary file goes.
  ~AtomicFile() = default;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Writes where the one before ended. @throws IOError, for example when the disk is full.
  void write(const Content& content);
  void write(std::span<const std::byte> bytes) { write(Content(bytes)); }
  // Goes to where the next is written, counted from the beginning. @throws IOError.
  void seek(uint64_t position);
  // Returns when the file is on the disk, and its name too. @throws IOError.
  void commit();

 private:
  struct Temporary {
    int file = -1;
    std::string name;  // empty while it has none
    ~Temporary();
  };
  [[noreturn]] void fail(const std::string& what, int reason) const;
  void open_temporary();
  void name_temporary();
  void begin_to_keep(std::size_t written);

  std::string path_;    // as it was given, for errors
  std::string target_;  // behind links
  Temporary temporary_;
  std::size_t since_begun_ = 0;
};

// The whole of it. @throws IOError.
void write_atomically(const std::string& path, const Content& content);

}  // namespace xtape::io
