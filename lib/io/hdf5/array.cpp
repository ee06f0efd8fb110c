#include "io/hdf5/array.hpp"

#include <zlib.h>

#include <array>
#include <xtape/error.hpp>

#include "io/hdf5/tree.hpp"

namespace xtape::io::hdf5 {
namespace {

constexpr uint64_t chunk_tree_k = 32;  // of files whose superblock does not say it

// How many bytes packed ones are, counted up to one more than `most`; 0 if they are damaged.
uint64_t unpacked_bytes(std::span<const std::byte> packed, uint64_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return 0;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::array<Bytef, 1 << 15> piece;
  int status = Z_OK;
  while (status == Z_OK && stream.total_out <= most) {
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
  }
  const uint64_t count = stream.total_out;
  inflateEnd(&stream);
  return status == Z_STREAM_END || count > most ? count : 0;
}

// The chunks of an array, which are in a tree.
class Chunks {
 public:
  Chunks(const Object& object, ClaimedFile& file, const std::string& place)
      : shape_(object.layout->chunk),
        lengths_(object.space->lengths),
        bytes_(object.layout->bytes),
        filters_(object.filters.value_or(Filters{})),
        file_(file),
        tree_(file, {1, chunk_tree_k, 8 + 8 * object.layout->chunk.size()}, place),
        place_(place) {}

  // How many there are.
  uint64_t check(uint64_t root) {
    check_node(root, std::nullopt);
    tree_.check_neighbours();
    return count_;
  }

 private:
  void check_node(uint64_t address, std::optional<uint64_t> expected_level) {
    Tree::Node node = tree_.node(address, expected_level);
    for (uint64_t i = 0; i < node.entries; ++i) {
      const uint64_t bytes = node.entry.u32();
      const uint64_t left_out = node.entry.u32();
      node.entry.expect(left_out == 0, "a chunk with all filters", left_out);
      for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
        const uint64_t start = node.entry.u64();
        const bool inside = axis < lengths_.size() ? start < lengths_[axis] && start % shape_[axis] == 0 : start == 0;
        node.entry.expect(inside, "a chunk of the array", start);
      }
      const uint64_t child = node.entry.u64();
      if (node.level > 0) {
        check_node(child, node.level - 1);
      } else {
        ++count_;
        check_chunk(child, bytes);
      }
    }
    // The last key, behind all chunks.
    node.entry.skip(8);
    for (const uint64_t length : shape_) {
      const uint64_t start = node.entry.u64();
      node.entry.expect(start % length == 0, "a place between chunks", start);
    }
  }

  void check_chunk(uint64_t address, uint64_t bytes) {
    Cursor chunk = file_.claim(address, bytes, place_);
    constexpr uint64_t checksum = 4;
    const uint64_t inside = bytes_ + (filters_.checksum_inside ? checksum : 0);
    if (!filters_.packed) {
      return chunk.expect(bytes == inside, "a chunk of " + std::to_string(inside) + " bytes", bytes);
    }
    const uint64_t outside = filters_.checksum_outside ? checksum : 0;
    chunk.expect(bytes >= outside, "a chunk with a checksum", bytes);
    file_.claim_unpacked(inside, place_);
    const uint64_t unpacked = unpacked_bytes(chunk.take(bytes - outside), inside);
    chunk.expect(unpacked == inside, "a chunk that unpacks to " + std::to_string(inside) + " bytes", unpacked);
  }

  const std::vector<uint64_t>& shape_;
  const std::vector<uint64_t>& lengths_;
  const uint64_t bytes_;
  const Filters filters_;
  ClaimedFile& file_;
  Tree tree_;
  const std::string& place_;
  uint64_t count_ = 0;
};

[[noreturn]] void fail(const std::string& place, const std::string& expected, const std::string& found) {
  throw FormatError(place + ": expected " + expected + ", found " + found);
}

void check_chunks(const Object& object, uint64_t bytes, ClaimedFile& file, const std::string& place) {
  const Layout& layout = *object.layout;
  const std::vector<uint64_t>& lengths = object.space->lengths;
  if (layout.chunk.size() != lengths.size() + 1 || layout.chunk.back() != object.type->bytes) {
    fail(place, "chunks of the array's dimensions and elements", "others");
  }
  // Those that the array takes; no chunk is left out.
  uint64_t expected = bytes == 0 ? 0 : 1;
  for (std::size_t axis = 0; axis < lengths.size(); ++axis) {
    expected *= (lengths[axis] + layout.chunk[axis] - 1) / layout.chunk[axis];
  }
  const uint64_t found = layout.address == undefined_address ? 0 : Chunks(object, file, place).check(layout.address);
  if (found != expected) fail(place, std::to_string(expected) + " chunks", std::to_string(found));
}

}  // namespace

void check_array(const Object& object, ClaimedFile& file, const std::string& place) {
  if (!object.space || !object.type || !object.layout) fail(place, "a group or an array", "neither");
  if (object.space->is_null) fail(place, "an array", "one without a shape");
  const Layout& layout = *object.layout;
  if (object.type->kind == TypeClass::text || object.type->kind == TypeClass::variable_length) {
    fail(place, "an array of numbers or truth values", "texts");
  }
  if (object.fill_bytes && *object.fill_bytes != 0 && *object.fill_bytes != object.type->bytes) {
    fail(place, "a fill value of " + std::to_string(object.type->bytes) + " bytes", std::to_string(*object.fill_bytes));
  }
  if (object.filters && layout.kind != 2) fail(place, "filters of chunks", "those of another layout");
  // Below 2^60 elements of at most 8 bytes.
  const uint64_t bytes = object.space->elements * object.type->bytes;
  if (layout.kind == 2) return check_chunks(object, bytes, file, place);
  const bool there = layout.kind == 0 || layout.address != undefined_address;
  if (bytes != (there ? layout.bytes : 0)) {
    fail(place, std::to_string(bytes) + " bytes of elements", there ? std::to_string(layout.bytes) : "none");
  }
  if (layout.kind == 1 && there) file.claim(layout.address, layout.bytes, place);
}

}  // namespace xtape::io::hdf5
