#include "io/hdf5/handle.hpp"

#include <mutex>

namespace xtape::io {
namespace {

// Not every build of HDF5 has a lock of its own.
std::mutex& library() {
  static auto* const mutex = new std::mutex;  // for calls while the process ends too
  return *mutex;
}

herr_t take_description(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

}  // namespace

Hdf5Session::Hdf5Session() {
  library().lock();
  H5open();
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_to_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLget_loading_state(&plugins_);
  H5PLset_loading_state(0);
}

Hdf5Session::~Hdf5Session() {
  H5PLset_loading_state(plugins_);
  H5Eset_auto2(H5E_DEFAULT, print_, print_to_);
  library().unlock();
}

std::string hdf5_error() {
  std::string text = "no reason given";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, take_description, &text);
  return text;
}

herr_t keep_structures(hid_t access) {
  H5AC_cache_config_t config{};
  config.version = H5AC__CURR_CACHE_CONFIG_VERSION;
  if (H5Pget_mdc_config(access, &config) < 0) return -1;
  config.evictions_enabled = false;
  // Which the library asks for then.
  config.incr_mode = H5C_incr__off;
  config.flash_incr_mode = H5C_flash_incr__off;
  config.decr_mode = H5C_decr__off;
  return H5Pset_mdc_config(access, &config);
}

hid_t make_bool_type() {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  for (const signed char value : {0, 1}) H5Tenum_insert(type, value == 0 ? "FALSE" : "TRUE", &value);
  return type;
}

hid_t make_half_type(std::size_t mantissa_bits) {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  const std::size_t exponent_bits = 15 - mantissa_bits;
  H5Tset_fields(type, 15, mantissa_bits, exponent_bits, 0, mantissa_bits);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, (std::size_t{1} << (exponent_bits - 1)) - 1);
  return type;
}

}  // namespace xtape::io
