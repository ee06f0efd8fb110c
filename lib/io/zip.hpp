#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/bytes.hpp"
#include "io/content.hpp"

namespace xtape::io {

class MappedFile;

// Reads the entries of a zip archive, stored or deflated. The archive is not trusted: an entry is read only if its size
// can come of the bytes that it has in the file, and its checksum is compared.
//
// Constructors and functions throw ValueError, naming XTAPE_WITH_LIBZIP, in a build without libzip.
class ZipReader {
 public:
  // @throws IOError if the file cannot be read; FormatError, naming it, if it is no archive, two entries have one name
  // or they have more bytes than the file.
  explicit ZipReader(const std::string& path);
  // The same of an archive in memory, which must outlive the reader.
  ZipReader(std::span<const std::byte> image, const std::string& name_for_errors);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  // Of all entries, in the order of the archive's directory.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const;
  // What an entry takes in the archive, and what it says that it unpacks to. @throws as read.
  struct Sizes {
    uint64_t packed, unpacked;
  };
  Sizes sizes(const std::string& name) const;
  // @throws FormatError, naming archive and entry, if there is none of this name, it is encrypted, packed in another
  // way or damaged, or its size is not what it says.
  Bytes read(const std::string& name) const;
  // `check` is shown how the entry begins, up to 64 KiB and the head of an array, and how large it is, before memory is
  // asked for all of it; what it throws is passed on.
  using Check = std::function<void(std::span<const std::byte> beginning, uint64_t bytes)>;
  Bytes read(const std::string& name, const Check& check) const;
  // The same where `wanted`, which is shown as much, says so; nothing otherwise.
  using Wanted = std::function<bool(std::span<const std::byte> beginning, uint64_t bytes)>;
  std::optional<Bytes> read_if(const std::string& name, const Wanted& wanted) const;
  // One of more than `most` bytes is refused before it is unpacked.
  std::string read_text(const std::string& name, uint64_t most = 1 << 20) const;

 private:
  struct Archive;
  void open(std::span<const std::byte> image);
  uint64_t place_of(const std::string& name) const;

  std::string file_;
  std::unique_ptr<MappedFile> mapped_;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
  std::unordered_map<std::string_view, uint64_t> places_;  // of the names
};

struct ZipEntry {
  std::string name;
  Content content;
};

// Writes an archive of entries that are stored as they are, atomically. @throws ValueError for a name that is empty or
// given twice; IOError.
void write_zip(const std::string& path, const std::vector<ZipEntry>& entries);

}  // namespace xtape::io
