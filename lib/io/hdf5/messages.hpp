#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/cursor.hpp"

// What messages of object headers say of arrays and attributes, read and checked one by one. The structures are those
// of the "HDF5 File Format Specification Version 3.0", whose names are used. All throw FormatError.
namespace xtape::io::hdf5 {

constexpr uint64_t undefined_address = ~uint64_t{0};

enum class TypeClass : uint64_t {
  fixed_point = 0,
  floating_point = 1,
  text = 3,
  opaque = 5,
  enumeration = 8,
  variable_length = 9
};

struct Space {
  std::vector<uint64_t> lengths;
  uint64_t elements = 1;
  bool is_null = false;  // no array at all, which h5py calls Empty
};

struct Type {
  TypeClass kind = TypeClass::fixed_point;
  uint64_t bytes = 0;
};

struct Filters {
  bool packed = false;
  bool checksum_inside = false;  // of what is packed
  bool checksum_outside = false;
};

struct Layout {
  uint64_t kind = 0, address = undefined_address, bytes = 0;
  std::vector<uint64_t> chunk;
};

// From a group to one of its objects.
struct Link {
  std::string name;
  uint64_t address = undefined_address;
};

Space read_space(Cursor& message);
// A text is at most as long as the file.
Type read_type(Cursor& message, uint64_t file_bytes);
// The bytes of a fill value, of which the first kind has no version.
uint64_t read_old_fill_value(Cursor& message);
uint64_t read_fill_value(Cursor& message);
Layout read_layout(Cursor& message);
Filters read_filters(Cursor& message);
// A link that leads elsewhere than to an object of the file is refused, and so are links outside of messages.
Link read_link(Cursor& message);
void read_link_info(Cursor& message);

}  // namespace xtape::io::hdf5
