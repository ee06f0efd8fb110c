#include <zip.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <set>
#include <utility>
#include <xtape/error.hpp>

#include "io/atomic_file.hpp"
#include "io/zip.hpp"
#include "io/zip/error.hpp"

namespace xtape::io {
namespace {

// 1980-01-01, the first day that archives know: the same content is the same archive, whenever it is written.
constexpr zip_uint16_t first_day = 1 << 5 | 1;

// What libzip asks of a source, by command.
class Source {
 public:
  virtual ~Source() = default;

  zip_source_t* make() {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_function_create(answer, this, &error);
    if (source == nullptr) throw IOError("cannot make a zip archive: " + text_of(error));
    return source;
  }

 protected:
  // At least 0, or -1 with an error set.
  virtual zip_int64_t do_command(void* data, zip_uint64_t length, zip_source_cmd_t command) = 0;

  zip_int64_t fail(int code) {
    zip_error_set(&error_, code, 0);
    return -1;
  }
  static zip_int64_t give_size(void* data, zip_uint64_t size) {
    auto* const status = static_cast<zip_stat_t*>(data);
    zip_stat_init(status);
    status->valid = ZIP_STAT_SIZE;
    status->size = size;
    return sizeof(zip_stat_t);
  }

  zip_error_t error_{};

 private:
  static zip_int64_t answer(void* source, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    auto& self = *static_cast<Source*>(source);
    if (command == ZIP_SOURCE_ERROR) return zip_error_to_data(&self.error_, data, length);
    return self.do_command(data, length, command);
  }
};

// Reads an entry's content.
class EntrySource final : public Source {
 public:
  explicit EntrySource(const Content& content) : content_(content) {}

 private:
  zip_int64_t do_command(void* data, zip_uint64_t length, zip_source_cmd_t command) override {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
      case ZIP_SOURCE_OPEN:
        piece_ = offset_ = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return static_cast<zip_int64_t>(read({static_cast<std::byte*>(data), length}));
      case ZIP_SOURCE_STAT:
        return give_size(data, content_.bytes());
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      default:
        return fail(ZIP_ER_OPNOTSUPP);
    }
  }

  std::size_t read(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size() && piece_ < content_.pieces().size()) {
      const std::span<const std::byte> rest = content_.pieces()[piece_].subspan(offset_);
      const std::size_t count = std::min(to.size() - done, rest.size());
      std::copy_n(rest.begin(), count, to.begin() + static_cast<std::ptrdiff_t>(done));
      done += count;
      offset_ += count;
      if (count == rest.size()) {
        ++piece_;
        offset_ = 0;
      }
    }
    return done;
  }

  const Content& content_;
  std::size_t piece_ = 0, offset_ = 0;
};

// Writes the archive. libzip writes small pieces, and goes back to the head of an entry when its checksum is known.
class ArchiveSource final : public Source {
 public:
  explicit ArchiveSource(AtomicFile& file) : file_(file) {}

  // Writes what is still here. @throws what writing has thrown meanwhile.
  void finish() {
    rethrow();
    flush();
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr std::size_t buffer_bytes = 1 << 18;

  zip_int64_t do_command(void* data, zip_uint64_t length, zip_source_cmd_t command) override {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
      case ZIP_SOURCE_STAT:
        return give_size(data, 0);
      case ZIP_SOURCE_OPEN:
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
      case ZIP_SOURCE_BEGIN_WRITE:
      case ZIP_SOURCE_COMMIT_WRITE:
      case ZIP_SOURCE_ROLLBACK_WRITE:
      case ZIP_SOURCE_REMOVE:
        return 0;
      case ZIP_SOURCE_TELL_WRITE:
        return static_cast<zip_int64_t>(position_);
      case ZIP_SOURCE_SEEK_WRITE: {
        const zip_int64_t to = zip_source_seek_compute_offset(position_, end_, data, length, &error_);
        return to < 0 ? -1 : status_of([&] { seek(static_cast<uint64_t>(to)); });
      }
      case ZIP_SOURCE_WRITE: {
        const zip_int64_t status = status_of([&] { write({static_cast<const std::byte*>(data), length}); });
        return status < 0 ? status : static_cast<zip_int64_t>(length);
      }
      default:
        return fail(ZIP_ER_OPNOTSUPP);
    }
  }

  // libzip is in C: nothing is thrown into it.
  template <class Call>
  zip_int64_t status_of(const Call& call) {
    try {
      call();
      return 0;
    } catch (...) {
      failure_ = std::current_exception();
      return fail(ZIP_ER_WRITE);
    }
  }

  void write(std::span<const std::byte> bytes) {
    const std::size_t place = position_ - begin_;
    const std::size_t over = std::min(bytes.size(), buffer_.size() - place);
    std::copy_n(bytes.begin(), over, buffer_.begin() + static_cast<std::ptrdiff_t>(place));
    buffer_.insert(buffer_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(over), bytes.end());
    position_ += bytes.size();
    end_ = std::max(end_, position_);
    if (buffer_.size() >= buffer_bytes) flush();
  }
  void seek(uint64_t to) {
    if (to < begin_ || to > begin_ + buffer_.size()) {
      flush();
      file_.seek(to);
      begin_ = to;
    }
    position_ = to;
  }
  void flush() {
    file_.write(buffer_);
    begin_ += buffer_.size();
    buffer_.clear();
  }

  AtomicFile& file_;
  // What is to be written at begin_, where the file is.
  std::vector<std::byte> buffer_;
  uint64_t begin_ = 0, position_ = 0, end_ = 0;
  std::exception_ptr failure_;
};

void check_names(const std::vector<ZipEntry>& entries) {
  std::set<std::string_view> known;
  for (const ZipEntry& entry : entries) {
    if (entry.name.empty() || !known.insert(entry.name).second) {
      throw ValueError("a zip archive has one entry of each name, which is not empty: given " +
                       (entry.name.empty() ? "an empty one" : entry.name + " twice"));
    }
  }
}

void add(zip_t* zip, const ZipEntry& entry, EntrySource& content) {
  zip_source_t* const source = content.make();
  const zip_int64_t index = zip_file_add(zip, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) zip_source_free(source);
  const auto place = static_cast<uint64_t>(index);
  if (index < 0 || zip_set_file_compression(zip, place, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(zip, place, 0, first_day, 0) != 0) {
    throw IOError("cannot add " + entry.name + " to a zip archive: " + zip_error_strerror(zip_get_error(zip)));
  }
}

void write_entries(AtomicFile& file, const std::vector<ZipEntry>& entries) {
  ArchiveSource target(file);
  std::deque<EntrySource> contents;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = target.make();
  std::unique_ptr<zip_t, decltype(&zip_discard)> zip(zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error),
                                                     zip_discard);
  if (!zip) {
    zip_source_free(source);
    throw IOError("cannot make a zip archive: " + text_of(error));
  }
  for (const ZipEntry& entry : entries) add(zip.get(), entry, contents.emplace_back(entry.content));
  if (zip_close(zip.get()) != 0) {
    target.rethrow();
    throw IOError(std::string("cannot make a zip archive: ") + zip_error_strerror(zip_get_error(zip.get())));
  }
  static_cast<void>(zip.release());
  target.finish();
}

}  // namespace

void write_zip(const std::string& path, const std::vector<ZipEntry>& entries) {
  check_names(entries);
  AtomicFile file(path);
  if (entries.empty()) {
    // libzip makes no archive of nothing: its end, with a directory of no entries.
    std::vector<std::byte> end(22);
    const std::span<const std::byte> signature = as_bytes("PK\5\6");
    std::copy(signature.begin(), signature.end(), end.begin());
    file.write(end);
  } else {
    write_entries(file, entries);
  }
  file.commit();
}

}  // namespace xtape::io
