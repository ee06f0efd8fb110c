#include <zip.h>

#include <algorithm>
#include <set>
#include <xtape/error.hpp>

#include "io/regular_file.hpp"
#include "io/zip.hpp"
#include "io/zip/error.hpp"

namespace xtape::io {
namespace {

// What deflate can make of a byte, at most.
constexpr uint64_t max_ratio = 1032;

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

}  // namespace

struct ZipReader::Archive {
  // Takes `source`, of `bytes` bytes, over.
  Archive(zip_source_t* source, const std::string& file, uint64_t bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (zip == nullptr) {
      zip_source_free(source);
      throw FormatError(file + ": expected a zip archive, found: " + text_of(error));
    }
    file_bytes = bytes;
  }
  ~Archive() { zip_discard(zip); }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  std::vector<std::string> names(const std::string& file) const {
    std::vector<std::string> all;
    std::set<std::string> known;
    uint64_t packed = 0;
    const auto count = static_cast<uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(zip, 0), 0));
    for (uint64_t i = 0; i < count; ++i) {
      zip_stat_t status;
      if (zip_stat_index(zip, i, ZIP_FL_ENC_RAW, &status) != 0 || (status.valid & ZIP_STAT_NAME) == 0) {
        throw FormatError(file + ", entry " + std::to_string(i) + ": expected an entry with a name, found " +
                          zip_error_strerror(zip_get_error(zip)));
      }
      if (!known.insert(status.name).second) {
        throw FormatError(file + ": expected one entry of each name, found two of " + status.name);
      }
      packed += std::min(status.comp_size, file_bytes + 1);
      if (packed > file_bytes) {
        throw FormatError(file + ", entry " + status.name + ": expected entries of together at most " +
                          std::to_string(file_bytes) + " bytes, which the file has, found more");
      }
      all.emplace_back(status.name);
    }
    return all;
  }

  zip_t* zip;
  uint64_t file_bytes;
};

ZipReader::ZipReader(const std::string& path) : file_(path) {
  check_regular_file(path);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_file_create(path.c_str(), 0, -1, &error);
  if (source == nullptr) throw IOError("cannot open " + path + ": " + text_of(error));
  zip_stat_t status;
  if (zip_source_stat(source, &status) != 0 || (status.valid & ZIP_STAT_SIZE) == 0) {
    const std::string reason = zip_error_strerror(zip_source_error(source));
    zip_source_free(source);
    throw IOError("cannot read " + path + ": " + reason);
  }
  archive_ = std::make_unique<Archive>(source, path, status.size);
  names_ = archive_->names(path);
}

ZipReader::ZipReader(std::span<const std::byte> image, const std::string& name_for_errors) : file_(name_for_errors) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(image.data(), image.size(), 0, &error);
  if (source == nullptr) throw IOError("cannot read " + file_ + ": " + text_of(error));
  archive_ = std::make_unique<Archive>(source, file_, image.size());
  names_ = archive_->names(file_);
}

ZipReader::~ZipReader() = default;

bool ZipReader::contains(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::vector<std::byte> ZipReader::read(const std::string& name) const {
  const std::string place = file_ + ", entry " + name + ": ";
  zip_stat_t status;
  const auto index = static_cast<uint64_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
  if (index == names_.size()) throw FormatError(place + "expected it in the archive, found no such entry");
  constexpr zip_uint64_t needed =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive_->zip, index, 0, &status) != 0 || (status.valid & needed) != needed) {
    throw FormatError(place + "expected its sizes, found " + zip_error_strerror(zip_get_error(archive_->zip)));
  }
  if (status.encryption_method != ZIP_EM_NONE) throw FormatError(place + "expected no encryption, found some");
  const bool stored = status.comp_method == ZIP_CM_STORE;
  if (!stored && status.comp_method != ZIP_CM_DEFLATE) {
    throw FormatError(place + "expected an entry that is stored (0) or deflated (8), found method " +
                      std::to_string(status.comp_method));
  }
  if (stored ? status.size != status.comp_size : status.size / max_ratio > status.comp_size) {
    throw FormatError(place + "expected a size that " + std::to_string(status.comp_size) + " bytes of the file can " +
                      (stored ? "be" : "unpack to") + ", found " + std::to_string(status.size));
  }

  const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen_index(archive_->zip, index, 0));
  if (!entry)
    throw FormatError(place + "expected its data, found: " + zip_error_strerror(zip_get_error(archive_->zip)));
  std::vector<std::byte> content(status.size);
  std::size_t done = 0;
  std::byte beyond;
  // Asked for one byte more than there should be, libzip also compares the checksum.
  for (;;) {
    const bool full = done == content.size();
    const zip_int64_t count =
        zip_fread(entry.get(), full ? &beyond : content.data() + done, full ? 1 : content.size() - done);
    if (count < 0) {
      throw FormatError(place + "expected its data, found: " + zip_error_strerror(zip_file_get_error(entry.get())));
    }
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
    if (full) break;
  }
  if (done != content.size()) {
    throw FormatError(place + "expected " + std::to_string(content.size()) + " bytes, found " +
                      (done > content.size() ? "more" : std::to_string(done)));
  }
  return content;
}

std::string ZipReader::read_text(const std::string& name) const {
  const std::vector<std::byte> content = read(name);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

}  // namespace xtape::io
