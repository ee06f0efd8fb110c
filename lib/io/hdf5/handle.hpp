#pragma once

// The names and structures of 1.10, which later releases have too.
#define H5_USE_110_API
#include <hdf5.h>

#include <string>
#include <utility>

namespace xtape::io {

// An open object of the HDF5 library; negative if it could not be opened.
template <herr_t (*close)(hid_t)>
class Handle {
 public:
  explicit Handle(hid_t id) : id_(id) {}
  ~Handle() {
    if (id_ >= 0) close(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  operator hid_t() const { return id_; }
  bool is_open() const { return id_ >= 0; }
  // Leaves it to the caller to close it.
  hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }

 private:
  hid_t id_;
};

using FileHandle = Handle<H5Fclose>;
using GroupHandle = Handle<H5Gclose>;
using ObjectHandle = Handle<H5Oclose>;
using DatasetHandle = Handle<H5Dclose>;
using AttributeHandle = Handle<H5Aclose>;
using TypeHandle = Handle<H5Tclose>;
using SpaceHandle = Handle<H5Sclose>;
using ListHandle = Handle<H5Pclose>;

// While it lives, this thread alone is in the HDF5 library, which prints no errors and loads no plugins.
class Hdf5Session {
 public:
  Hdf5Session();
  ~Hdf5Session();
  Hdf5Session(const Hdf5Session&) = delete;
  Hdf5Session& operator=(const Hdf5Session&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* print_to_ = nullptr;
  unsigned plugins_ = 0;
};

// What the library said about the call that failed last: its innermost message.
std::string hdf5_error();

// Has the library keep all structures of a file that is opened so until it is closed: in a group of very many objects
// it would read the list of all names anew for each of them.
herr_t keep_structures(hid_t access);

// The elements of a truth value, as h5py has them: an enumeration of FALSE and TRUE.
hid_t make_bool_type();
// float16 and bfloat16, in little-endian order.
hid_t make_half_type(std::size_t mantissa_bits);

}  // namespace xtape::io
