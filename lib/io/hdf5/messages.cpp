#include "io/hdf5/messages.hpp"

#include <set>
#include <string>

namespace xtape::io::hdf5 {
namespace {

constexpr std::size_t max_rank = 32;

uint64_t number_of(TypeClass kind) { return static_cast<uint64_t>(kind); }

}  // namespace

Space read_space(Cursor& message) {
  const uint64_t version = message.u8();
  message.expect(version == 1 || version == 2, "version 1 or 2 of a shape", version);
  const uint64_t rank = message.u8();
  message.expect(rank <= max_rank, "at most 32 dimensions", rank);
  const uint64_t flags = message.u8();
  message.expect(flags <= 1, "a shape without a permutation", flags);
  const uint64_t kind = message.u8();
  if (version == 2) message.expect(kind <= 2 && (kind == 1) == (rank > 0), "a kind of shape", kind);
  if (version == 1) message.skip(4);
  Space result;
  if (version == 2 && kind == 2) return {{}, 0, true};
  for (uint64_t i = 0; i < rank; ++i) result.lengths.push_back(message.u64());
  for (const uint64_t length : result.lengths) {
    if (__builtin_mul_overflow(result.elements, length, &result.elements) || result.elements >> 60 != 0) {
      message.fail("below 2^60 elements", "a length of " + std::to_string(length));
    }
  }
  if (flags == 1) {
    for (const uint64_t length : result.lengths) {
      const uint64_t most = message.u64();
      message.expect(most >= length, "a largest length of at least " + std::to_string(length), most);
    }
  }
  return result;
}

namespace {

void check_bits(Cursor& message, uint64_t bytes) {
  const uint64_t offset = message.u16();
  message.expect(offset == 0, "a number that begins with its bytes", offset);
  const uint64_t precision = message.u16();
  message.expect(precision == 8 * bytes, "a number that has all bits of its bytes", precision);
}

void check_float(Cursor& message, uint64_t bits, uint64_t bytes) {
  struct Format {
    uint64_t bytes, exponent, mantissa;
  };
  check_bits(message, bytes);
  const uint64_t exponent_place = message.u8();
  const uint64_t exponent = message.u8();
  const uint64_t mantissa_place = message.u8();
  const uint64_t mantissa = message.u8();
  const uint64_t bias = message.u32();
  for (const Format format : {Format{2, 5, 10}, Format{2, 8, 7}, Format{4, 8, 23}, Format{8, 11, 52}}) {
    if (bytes == format.bytes && exponent == format.exponent && mantissa == format.mantissa &&
        exponent_place == mantissa && mantissa_place == 0 && bias == (uint64_t{1} << (exponent - 1)) - 1 &&
        (bits >> 8 & 0xff) == 8 * bytes - 1 && (bits >> 4 & 3) == 2 && (bits & 0x40) == 0) {
      return;
    }
  }
  message.fail("float16, bfloat16, float32 or float64", "a floating number of " + std::to_string(bytes) + " bytes");
}

void check_enumeration(Cursor& message, uint64_t version, uint64_t members, uint64_t bytes, uint64_t file_bytes) {
  message.expect(bytes == 1 && members == 2, "truth values", members);
  const Type base = read_type(message, file_bytes);
  message.expect(base.kind == TypeClass::fixed_point && base.bytes == 1, "truth values of a byte",
                 number_of(base.kind));
  for (uint64_t i = 0; i < members; ++i) {
    const std::size_t size = message.text().size() + 1;
    if (version < 3) message.skip((8 - size % 8) % 8);
  }
  message.skip(members);
}

}  // namespace

Type read_type(Cursor& message, uint64_t file_bytes) {
  const uint64_t first = message.u8();
  const uint64_t version = first >> 4;
  const auto kind = static_cast<TypeClass>(first & 15);
  message.expect(version >= 1 && version <= 3, "version 1 to 3 of an element type", version);
  const uint64_t bits = message.number(3);
  const uint64_t bytes = message.u32();
  switch (kind) {
    case TypeClass::fixed_point: {
      message.expect(bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8, "an integer of 1, 2, 4 or 8 bytes", bytes);
      check_bits(message, bytes);
      break;
    }
    case TypeClass::floating_point:
      check_float(message, bits, bytes);
      break;
    case TypeClass::text:
      message.expect(bytes > 0 && bytes <= file_bytes, "a text that the file can hold", bytes);
      message.expect((bits & 15) <= 2 && (bits >> 4 & 15) <= 1, "a padding and encoding of texts", bits);
      break;
    case TypeClass::opaque:
      message.expect(bytes == 2, "elements of numbers, texts or truth values", bytes);
      message.skip(bits & 0xff);
      break;
    case TypeClass::enumeration:
      check_enumeration(message, version, bits & 0xffff, bytes, file_bytes);
      break;
    case TypeClass::variable_length: {
      message.expect((bits & 15) == 1, "a text", bits & 15);
      message.expect(bytes == 16, "a reference to a text of 16 bytes", bytes);
      const Type base = read_type(message, file_bytes);
      message.expect(base.bytes == 1 && (base.kind == TypeClass::fixed_point || base.kind == TypeClass::text),
                     "a text of bytes", number_of(base.kind));
      break;
    }
    default:
      message.fail("elements of numbers, texts or truth values", "class " + std::to_string(number_of(kind)));
  }
  return {kind, bytes};
}

uint64_t read_old_fill_value(Cursor& message) {
  const uint64_t bytes = message.u32();
  message.skip(bytes);
  return bytes;
}

uint64_t read_fill_value(Cursor& message) {
  const uint64_t version = message.u8();
  message.expect(version >= 1 && version <= 3, "version 1 to 3 of a fill value", version);
  if (version == 3) {
    const uint64_t flags = message.u8();
    return (flags & 0x20) != 0 ? read_old_fill_value(message) : 0;
  }
  message.skip(2);
  const uint64_t defined = message.u8();
  message.expect(defined <= 1, "whether there is a fill value", defined);
  return version == 1 || defined == 1 ? read_old_fill_value(message) : 0;
}

Layout read_layout(Cursor& message) {
  const uint64_t version = message.u8();
  Layout result;
  if (version == 4 && message.u8() == 3) message.fail("an array that is in the file", "a virtual one, of other files");
  message.expect(version == 3, "version 3 of a layout, as h5py writes by default", version);
  result.kind = message.u8();
  if (result.kind == 0) {
    result.bytes = message.u16();
    message.skip(result.bytes);
  } else if (result.kind == 1) {
    result.address = message.u64();
    result.bytes = message.u64();
  } else {
    message.expect(result.kind == 2, "a layout 0 to 2", result.kind);
    const uint64_t dimensions = message.u8();
    message.expect(dimensions >= 2 && dimensions <= max_rank + 1, "chunks of 1 to 32 dimensions", dimensions);
    result.address = message.u64();
    result.bytes = 1;
    for (uint64_t i = 0; i < dimensions; ++i) {
      result.chunk.push_back(message.u32());
      message.expect(result.chunk.back() > 0, "chunks that are not empty", 0);
      if (__builtin_mul_overflow(result.bytes, result.chunk.back(), &result.bytes)) {
        message.fail("chunks that the file can hold", "a length of " + std::to_string(result.chunk.back()));
      }
    }
  }
  return result;
}

Filters read_filters(Cursor& message) {
  enum { deflate = 1, shuffle = 2, fletcher32 = 3 };
  const uint64_t version = message.u8();
  message.expect(version == 1 || version == 2, "version 1 or 2 of a list of filters", version);
  const uint64_t count = message.u8();
  message.expect(count <= 3, "at most three filters", count);
  if (version == 1) message.skip(6);
  Filters result;
  std::set<uint64_t> known;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t filter = message.u16();
    if (filter < deflate || filter > fletcher32) {
      message.fail("the filters gzip, shuffle or fletcher32", "filter " + std::to_string(filter));
    }
    if (!known.insert(filter).second) message.fail("each filter once", "filter " + std::to_string(filter) + " twice");
    const uint64_t name_bytes = version == 1 ? message.u16() : 0;
    message.u16();  // whether it may be left out, which no chunk does
    const uint64_t values = message.u16();
    message.expect(values == (filter == fletcher32 ? 0 : 1), "the values that the filter has", values);
    if (name_bytes > 0) Cursor(message.part((name_bytes + 7) / 8 * 8)).text();
    for (uint64_t k = 0; k < values; ++k) {
      const uint64_t value = message.u32();
      if (filter == shuffle) message.expect(value >= 1 && value <= 16, "elements to shuffle of 1 to 16 bytes", value);
    }
    if (version == 1 && values % 2 == 1) message.skip(4);
    if (filter == deflate) result.packed = true;
    if (filter == fletcher32) (result.packed ? result.checksum_outside : result.checksum_inside) = true;
  }
  return result;
}

Link read_link(Cursor& message) {
  const uint64_t version = message.u8();
  message.expect(version == 1, "version 1 of a link", version);
  const uint64_t flags = message.u8();
  message.expect(flags < 32, "flags of a link", flags);
  const uint64_t kind = (flags & 8) != 0 ? message.u8() : 0;
  if ((flags & 4) != 0) message.skip(8);  // when it was made
  if ((flags & 16) != 0) {
    const uint64_t encoding = message.u8();
    message.expect(encoding <= 1, "a name in ASCII or UTF-8", encoding);
  }
  const std::span<const std::byte> bytes = message.take(message.number(std::size_t{1} << (flags & 3)));
  Link link{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
  if (kind != 0) {
    message.fail("a link to an object of the file", (kind == 64  ? "the link to another file "
                                                     : kind == 1 ? "the soft link "
                                                                 : "a link of kind " + std::to_string(kind) + ", ") +
                                                        link.name);
  }
  link.address = message.u64();
  return link;
}

void read_link_info(Cursor& message) {
  const uint64_t version = message.u8();
  message.expect(version == 0, "version 0 of what is known of links", version);
  const uint64_t flags = message.u8();
  message.expect(flags < 4, "flags of links", flags);
  if ((flags & 1) != 0) message.skip(8);
  const uint64_t heap = message.u64();
  const uint64_t by_name = message.u64();
  const uint64_t by_order = (flags & 2) != 0 ? message.u64() : undefined_address;
  if (heap != undefined_address || by_name != undefined_address || by_order != undefined_address) {
    message.fail(
        "a group whose links are in a table or few (more than 8 of which one is not in ASCII, or a file of libver "
        "\"latest\", are not read: save the model as .keras, or with layers named in ASCII)",
        "links in a heap");
  }
}

}  // namespace xtape::io::hdf5
