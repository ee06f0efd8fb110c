#include "io/hdf5/sparse_file.hpp"

#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <exception>
#include <iterator>

namespace xtape::io {

// What the library calls, as a file driver of its own kind.
struct SparseFile::Driver {
  struct Open : H5FD_t {
    SparseFile* file;
  };
  static SparseFile& file_of(const H5FD_t* open) { return *static_cast<const Open*>(open)->file; }

  // The library is in C: nothing is thrown into it.
  template <class Call>
  static herr_t status_of(const Call& call) {
    try {
      call();
      return 0;
    } catch (const std::exception&) {
      return -1;
    }
  }

  static H5FD_t* open(const char*, unsigned, hid_t access, haddr_t) {
    Open* opened = nullptr;
    status_of([&] { opened = new Open(); });
    if (opened != nullptr) opened->file = *static_cast<SparseFile* const*>(H5Pget_driver_info(access));
    return opened;
  }
  static herr_t close(H5FD_t* open) {
    delete static_cast<Open*>(open);
    return 0;
  }
  // Space is given in blocks, as in files on a disk.
  static herr_t query(const H5FD_t*, unsigned long* features) {
    *features = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
  }
  static haddr_t get_eoa(const H5FD_t* open, H5FD_mem_t) { return file_of(open).size_; }
  static herr_t set_eoa(H5FD_t* open, H5FD_mem_t, haddr_t address) {
    file_of(open).size_ = address;
    return 0;
  }
  static haddr_t get_eof(const H5FD_t* open, H5FD_mem_t) { return file_of(open).written_; }
  static herr_t read(H5FD_t* open, H5FD_mem_t, hid_t, haddr_t address, std::size_t bytes, void* to) {
    file_of(open).read(address, {static_cast<std::byte*>(to), bytes});
    return 0;
  }
  static herr_t write(H5FD_t* open, H5FD_mem_t, hid_t, haddr_t address, std::size_t bytes, const void* from) {
    return status_of([&] { file_of(open).write(address, {static_cast<const std::byte*>(from), bytes}); });
  }

  // Field by field: releases of the library have different ones.
  static H5FD_class_t make_class() {
    H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION
    driver.version = H5FD_CLASS_VERSION;
    driver.value = 4711;  // any that is not the library's own
#endif
    driver.name = "xtape";
    driver.maxaddr = haddr_t{1} << 62;
    driver.fc_degree = H5F_CLOSE_WEAK;
    driver.fapl_size = sizeof(SparseFile*);
    driver.open = open;
    driver.close = close;
    driver.query = query;
    driver.get_eoa = get_eoa;
    driver.set_eoa = set_eoa;
    driver.get_eof = get_eof;
    driver.read = read;
    driver.write = write;
    constexpr H5FD_mem_t kinds[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(kinds), std::end(kinds), driver.fl_map);
    return driver;
  }
};

SparseFile::SparseFile() {
  static const H5FD_class_t driver = Driver::make_class();
  driver_ = H5FDregister(&driver);
}

SparseFile::~SparseFile() {
  if (driver_ >= 0) H5FDunregister(driver_);
}

hid_t SparseFile::create() {
  const ListHandle access(H5Pcreate(H5P_FILE_ACCESS));
  SparseFile* const file = this;
  if (driver_ < 0 || H5Pset_driver(access, driver_, &file) < 0 || keep_structures(access) < 0) return H5I_INVALID_HID;
  return H5Fcreate("xtape", H5F_ACC_TRUNC, H5P_DEFAULT, access);
}

void SparseFile::read(uint64_t address, std::span<std::byte> to) const {
  while (!to.empty()) {
    const std::size_t offset = address % page_bytes;
    const std::size_t count = std::min(to.size(), page_bytes - offset);
    const auto page = pages_.find(address / page_bytes);
    if (page == pages_.end()) {
      std::fill_n(to.begin(), count, std::byte{0});
    } else {
      std::copy_n(page->second->begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
    }
    address += count;
    to = to.subspan(count);
  }
}

void SparseFile::write(uint64_t address, std::span<const std::byte> from) {
  written_ = std::max<uint64_t>(written_, address + from.size());
  while (!from.empty()) {
    const std::size_t offset = address % page_bytes;
    const std::size_t count = std::min(from.size(), page_bytes - offset);
    std::unique_ptr<Page>& page = pages_[address / page_bytes];
    if (!page) page = std::make_unique<Page>();
    std::copy_n(from.begin(), count, page->begin() + static_cast<std::ptrdiff_t>(offset));
    address += count;
    from = from.subspan(count);
  }
}

}  // namespace xtape::io
