#include <zip.h>

#include <algorithm>
#include <set>
#include <xtape/error.hpp>

#include "io/mapped_file.hpp"
#include "io/signature.hpp"
#include "io/zip.hpp"
#include "io/zip/error.hpp"

namespace xtape::io {
namespace {

// What deflate can make of a byte, at most.
constexpr uint64_t max_ratio = 1032;
// What is unpacked to look at it first.
constexpr uint64_t beginning_bytes = (1 << 16) + 64;

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

}  // namespace

struct ZipReader::Archive {
  // Takes `source`, of the bytes `content`, over.
  Archive(zip_source_t* source, const std::string& file, std::span<const std::byte> content) {
    zip_error_t error;
    zip_error_init(&error);
    zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (zip == nullptr) {
      zip_source_free(source);
      const std::string reason = text_of(error);
      const std::string kind = kind_of_file(content);
      if (kind == zip_kind) {
        throw FormatError(file + ": expected a whole zip archive, found one that is cut off or damaged: " + reason);
      }
      throw FormatError(file + ": expected a zip archive, found" + (kind.empty() ? ": " + reason : " " + kind));
    }
    file_bytes = content.size();
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

  // What is said of an entry, `place` in errors, if that can be.
  zip_stat_t status(uint64_t index, const std::string& place) const {
    constexpr zip_uint64_t needed =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    zip_stat_t status;
    if (zip_stat_index(zip, index, 0, &status) != 0 || (status.valid & needed) != needed) {
      throw FormatError(place + "expected its sizes, found " + zip_error_strerror(zip_get_error(zip)));
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
    return status;
  }

  zip_t* zip;
  uint64_t file_bytes;
};

ZipReader::ZipReader(const std::string& path) : file_(path), mapped_(std::make_unique<MappedFile>(path)) {
  open(mapped_->bytes());
}

ZipReader::ZipReader(std::span<const std::byte> image, const std::string& name_for_errors) : file_(name_for_errors) {
  open(image);
}

void ZipReader::open(std::span<const std::byte> image) {
  // For libzip that is an archive without entries.
  if (image.empty()) throw FormatError(file_ + ": expected a zip archive, found: no bytes at all");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(image.data(), image.size(), 0, &error);
  if (source == nullptr) throw IOError("cannot read " + file_ + ": " + text_of(error));
  archive_ = std::make_unique<Archive>(source, file_, image);
  names_ = archive_->names(file_);
  for (std::size_t i = 0; i < names_.size(); ++i) places_.emplace(names_[i], i);
}

ZipReader::~ZipReader() = default;

bool ZipReader::contains(std::string_view name) const { return places_.contains(name); }

Bytes ZipReader::read(const std::string& name) const { return *read_if(name, {}); }

Bytes ZipReader::read(const std::string& name, const Check& check) const {
  return *read_if(name, [&](std::span<const std::byte> beginning, uint64_t bytes) {
    check(beginning, bytes);
    return true;
  });
}

ZipReader::Sizes ZipReader::sizes(const std::string& name) const {
  const zip_stat_t status = archive_->status(place_of(name), file_ + ", entry " + name + ": ");
  return {status.comp_size, status.size};
}

uint64_t ZipReader::place_of(const std::string& name) const {
  const auto known = places_.find(name);
  if (known != places_.end()) return known->second;
  throw FormatError(file_ + ", entry " + name + ": expected it in the archive, found no such entry");
}

std::optional<Bytes> ZipReader::read_if(const std::string& name, const Wanted& wanted) const {
  const std::string place = file_ + ", entry " + name + ": ";
  const uint64_t index = place_of(name);
  const zip_stat_t status = archive_->status(index, place);
  const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen_index(archive_->zip, index, 0));
  if (!entry)
    throw FormatError(place + "expected its data, found: " + zip_error_strerror(zip_get_error(archive_->zip)));
  const auto read_into = [&](std::byte* to, std::size_t bytes) {
    const zip_int64_t count = zip_fread(entry.get(), to, bytes);
    if (count >= 0) return static_cast<std::size_t>(count);
    throw FormatError(place + "expected its data, found: " + zip_error_strerror(zip_file_get_error(entry.get())));
  };
  Bytes content(wanted ? std::min<uint64_t>(status.size, beginning_bytes) : status.size);
  std::size_t done = 0;
  bool ends = false;
  const auto fill = [&] {
    while (!ends && done < content.size()) {
      const std::size_t count = read_into(content.data() + done, content.size() - done);
      done += count;
      ends = count == 0;
    }
  };
  fill();
  if (wanted) {
    if (!wanted(std::span(content).first(done), status.size)) return std::nullopt;
    content.resize(status.size);
    fill();
  }
  // Asked for one byte more than there should be, libzip also compares the checksum.
  std::byte beyond;
  if (!ends) done += read_into(&beyond, 1);
  if (done != content.size()) {
    throw FormatError(place + "expected " + std::to_string(content.size()) + " bytes, found " +
                      (done > content.size() ? "more" : std::to_string(done)));
  }
  return content;
}

std::string ZipReader::read_text(const std::string& name, uint64_t most) const {
  const Bytes content = read(name, [&](std::span<const std::byte>, uint64_t bytes) {
    if (bytes <= most) return;
    throw FormatError(file_ + ", entry " + name + ": expected at most " + std::to_string(most) + " bytes, found " +
                      std::to_string(bytes));
  });
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

}  // namespace xtape::io
