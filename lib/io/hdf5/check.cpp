#include "io/hdf5/check.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <vector>
#include <xtape/error.hpp>

#include "io/hdf5.hpp"
#include "io/hdf5/cursor.hpp"
#include "io/hdf5/messages.hpp"

// The structures are those of the "HDF5 File Format Specification Version 3.0", whose names are used; what messages say
// is read in messages.hpp.
namespace xtape::io {
namespace {

constexpr int max_levels = 64;
constexpr uint64_t chunk_tree_k = 32;  // of files whose superblock does not say it

enum Message : uint64_t {
  nil = 0x00,
  dataspace = 0x01,
  link_info = 0x02,
  datatype = 0x03,
  old_fill_value = 0x04,
  fill_value = 0x05,
  link = 0x06,
  external_files = 0x07,
  data_layout = 0x08,
  group_info = 0x0a,
  filter_pipeline = 0x0b,
  attribute = 0x0c,
  comment = 0x0d,
  old_modification_time = 0x0e,
  continuation = 0x10,
  symbol_table = 0x11,
  modification_time = 0x12
};

// What the messages of an object header say.
struct Object {
  std::optional<Space> space;
  std::optional<Type> type;
  std::optional<Layout> layout;
  std::optional<Filters> filters;
  std::optional<uint64_t> fill_bytes;
  std::optional<std::pair<uint64_t, uint64_t>> symbols;  // addresses of a tree and of a heap with its names
  // In place of symbols, in groups that have or had a name that is not in ASCII.
  bool has_links = false;
  std::vector<Link> links;
};

class Checker {
 public:
  Checker(std::span<const std::byte> file, const std::string& name) : file_(file), name_(name) {}

  void check() {
    const std::string place = name_ + ", superblock";
    Cursor block = claim(0, 96, place);
    if (block.u64() != 0x0a1a0a0d46444889) block.fail("\\x89HDF, with which an HDF5 file begins", "something else");
    const uint64_t version = block.u8();
    block.expect(version == 0, "version 0 of the superblock, as h5py writes by default", version);
    block.expect(block.u16() == 0, "versions 0", 1);
    block.skip(1);
    block.expect(block.u8() == 0, "version 0", 1);
    const uint64_t offset_bytes = block.u8();
    block.expect(offset_bytes == 8, "offsets of 8 bytes", offset_bytes);
    const uint64_t length_bytes = block.u8();
    block.expect(length_bytes == 8, "lengths of 8 bytes", length_bytes);
    block.skip(1);
    leaf_k_ = block.u16();
    internal_k_ = block.u16();
    block.expect(leaf_k_ > 0 && internal_k_ > 0, "nodes with entries", 0);
    const uint64_t flags = block.u32();
    block.expect(flags == 0, "no flags (of a file that is being written)", flags);
    const uint64_t base = block.u64();
    block.expect(base == 0, "addresses that are counted from the start of the file", base);
    block.expect(block.u64() == undefined_address, "no table of free space", 0);
    const uint64_t end = block.u64();
    block.expect(end <= file_.size(), "an end within the file", end);
    file_ = file_.first(end);
    block.expect(block.u64() == undefined_address, "no other driver", 0);
    block.skip(8);
    check_entry(block, name_ + ", /", 0);
  }

 private:
  // The bytes of a structure, which belong to no other one.
  Cursor claim(uint64_t address, uint64_t bytes, const std::string& place) {
    if (bytes > file_.size() || address > file_.size() - bytes) {
      throw FormatError(place + ": expected " + std::to_string(bytes) + " bytes at offset " + std::to_string(address) +
                        ", found a file of " + std::to_string(file_.size()));
    }
    if (bytes > 0) {
      const auto next = taken_.lower_bound(address);
      const bool meets_next = next != taken_.end() && next->first < address + bytes;
      const bool meets_last = next != taken_.begin() && std::prev(next)->second > address;
      if (meets_next || meets_last) {
        throw FormatError(
            place + ": expected bytes of its own at offset " + std::to_string(address) +
            ", found those of something else (as where a group holds itself or two links lead to one object)");
      }
      taken_.emplace_hint(next, address, address + bytes);
    }
    return {file_.subspan(address, bytes), address, place};
  }

  // ---- Groups ----------------------------------------------------------------------------------------------

  // What follows the name in a symbol table entry: the object, and a copy of its symbol table message.
  void check_entry(Cursor& entry, const std::string& place, int depth) {
    const uint64_t address = entry.u64();
    const uint64_t cached = entry.u32();
    if (cached == 2) entry.fail("a group or an array", "a soft link");
    entry.expect(cached <= 1, "a cache type 0 or 1", cached);
    entry.skip(4);
    const uint64_t tree = entry.u64();
    const uint64_t heap = entry.u64();
    const Object object = check_object(address, place, depth);
    // Where links came in place of a table, the copy is of what was there before, and nobody looks at it.
    if (cached == 1 && !object.has_links && object.symbols != std::pair(tree, heap)) {
      entry.fail("the addresses that the group has", "others");
    }
  }

  Object check_object(uint64_t address, const std::string& place, int depth) {
    Object object = check_header(address, place);
    if (object.symbols || object.has_links) {
      if (object.space || object.layout || (object.symbols && object.has_links)) {
        throw FormatError(place + ": expected a group or an array, found both");
      }
      if (depth == max_hdf5_depth) {
        throw FormatError(place + ": expected at most " + std::to_string(max_hdf5_depth) +
                          " groups in one another, found more");
      }
      if (object.symbols) {
        check_group(object.symbols->first, object.symbols->second, place, depth);
      } else {
        check_links(object.links, place, depth);
      }
    } else {
      check_array(object, place);
    }
    return object;
  }

  void check_group(uint64_t tree, uint64_t heap, const std::string& place, int depth) {
    const std::span<const std::byte> names = check_heap(heap, place);
    Levels levels;
    std::vector<uint64_t> tables;
    check_group_node(tree, std::nullopt, names, place, levels, tables);
    check_siblings(levels, place);
    std::set<std::string_view> known;
    for (const uint64_t table : tables) check_table(table, names, place, depth, known);
  }

  void check_links(const std::vector<Link>& links, const std::string& place, int depth) {
    std::set<std::string_view> known;
    for (const Link& link : links) {
      if (!is_name(link.name) || !known.insert(link.name).second) {
        throw FormatError(place + ": expected " + a_name + ", found \"" + link.name + '"');
      }
      const std::string inner = joined(place, link.name, depth);
      check_object(link.address, inner, depth + 1);
    }
  }

  static constexpr const char* a_name = "a name of its own that is not empty or \".\" and has no '/' or zero byte";
  static bool is_name(std::string_view name) {
    return !name.empty() && name != "." && name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
  }
  static std::string joined(const std::string& place, std::string_view name, int depth) {
    return place + (depth == 0 ? "" : "/") + std::string(name);
  }

  // A local heap: the names of a group. Its free blocks are a list.
  std::span<const std::byte> check_heap(uint64_t address, const std::string& place) {
    Cursor head = claim(address, 32, place);
    if (head.u32() != 0x50414548) head.fail("HEAP, a heap of names", "something else");
    const uint64_t version = head.u8();
    head.expect(version == 0, "version 0 of the heap", version);
    head.skip(3);
    const uint64_t bytes = head.u64();
    uint64_t free_block = head.u64();
    const uint64_t data_address = head.u64();
    Cursor data = claim(data_address, bytes, place);
    const std::span<const std::byte> names = data.take(bytes);
    constexpr uint64_t none = 1;
    // Each block lies behind the one before, or there are at most as many as fit.
    for (uint64_t blocks = 0; free_block != none; ++blocks) {
      if (free_block > bytes || bytes - free_block < 16 || blocks > bytes / 16) {
        head.fail("free blocks within the heap", std::to_string(free_block));
      }
      Cursor block(names.subspan(free_block, 16), data_address + free_block, place);
      const uint64_t next = block.u64();
      const uint64_t length = block.u64();
      block.expect(length >= 16 && length <= bytes - free_block, "a free block within the heap", length);
      block.expect(next != 0, "another free block", next);
      free_block = next;
    }
    return names;
  }

  static std::string_view name_at(uint64_t offset, std::span<const std::byte> names, const Cursor& where) {
    where.expect(offset < names.size(), "a name within the heap", offset);
    const std::string& place = where.place();
    return Cursor(names.subspan(offset), where.offset(), place).text();
  }

  // The nodes of a tree by level, in order, with their neighbours.
  struct Neighbours {
    uint64_t address, left, right;
  };
  using Levels = std::map<uint64_t, std::vector<Neighbours>>;

  // The head of a node of a tree, which is as large as nodes can be.
  struct Node {
    uint64_t level, entries;
    Cursor entry;
  };
  Node check_node(uint64_t address, uint64_t type, uint64_t k, uint64_t key_bytes,
                  std::optional<uint64_t> expected_level, const std::string& place, Levels& levels) {
    Cursor node = claim(address, 24 + 2 * k * 8 + (2 * k + 1) * key_bytes, place);
    if (node.u32() != 0x45455254) node.fail("TREE, a node of a tree", "something else");
    const uint64_t found_type = node.u8();
    node.expect(found_type == type, type == 0 ? "a tree of groups" : "a tree of chunks", found_type);
    const uint64_t level = node.u8();
    if (expected_level) node.expect(level == *expected_level, "the level below", level);
    node.expect(level < max_levels, "at most 63 levels", level);
    const uint64_t entries = node.u16();
    node.expect(entries <= 2 * k, "no more entries than a node has", entries);
    const uint64_t left = node.u64();
    const uint64_t right = node.u64();
    levels[level].push_back({address, left, right});
    return {level, entries, node};
  }

  void check_siblings(const Levels& levels, const std::string& place) const {
    for (const auto& [level, nodes] : levels) {
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].left != (i == 0 ? undefined_address : nodes[i - 1].address) ||
            nodes[i].right != (i + 1 == nodes.size() ? undefined_address : nodes[i + 1].address)) {
          throw FormatError(place + ": expected nodes of a tree that lead to their neighbours, found node at offset " +
                            std::to_string(nodes[i].address) + " with others");
        }
      }
    }
  }

  void check_group_node(uint64_t address, std::optional<uint64_t> expected_level, std::span<const std::byte> names,
                        const std::string& place, Levels& levels, std::vector<uint64_t>& tables) {
    Node node = check_node(address, 0, internal_k_, 8, expected_level, place, levels);
    name_at(node.entry.u64(), names, node.entry);
    for (uint64_t i = 0; i < node.entries; ++i) {
      const uint64_t child = node.entry.u64();
      name_at(node.entry.u64(), names, node.entry);
      if (node.level == 0) {
        tables.push_back(child);
      } else {
        check_group_node(child, node.level - 1, names, place, levels, tables);
      }
    }
  }

  void check_table(uint64_t address, std::span<const std::byte> names, const std::string& place, int depth,
                   std::set<std::string_view>& known) {
    Cursor table = claim(address, 8 + 2 * leaf_k_ * 40, place);
    if (table.u32() != 0x444f4e53) table.fail("SNOD, a table of symbols", "something else");
    const uint64_t version = table.u8();
    table.expect(version == 1, "version 1 of the table", version);
    table.skip(1);
    const uint64_t entries = table.u16();
    table.expect(entries <= 2 * leaf_k_, "no more entries than a table has", entries);
    for (uint64_t i = 0; i < entries; ++i) {
      const std::string_view name = name_at(table.u64(), names, table);
      if (!is_name(name) || !known.insert(name).second) table.fail(a_name, '"' + std::string(name) + '"');
      const std::string inner = joined(place, name, depth);
      Cursor entry(table.take(32), table.offset() - 32, inner);
      check_entry(entry, inner, depth + 1);
    }
  }

  // ---- Object headers --------------------------------------------------------------------------------------

  Object check_header(uint64_t address, const std::string& place) {
    Cursor head = claim(address, 16, place);
    const uint64_t version = head.u8();
    head.expect(version == 1, "version 1 of an object header, as h5py writes by default", version);
    head.skip(1);
    const uint64_t messages = head.u16();
    const uint64_t links = head.u32();
    head.expect(links >= 1, "a link to the object", links);
    Object object;
    std::vector<std::pair<uint64_t, uint64_t>> blocks{{address + 16, head.u32()}};
    uint64_t found = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      Cursor block = claim(blocks[i].first, blocks[i].second, place);
      while (block.left() > 0) {
        if (block.left() < 8)
          block.fail("messages up to the end of the header", std::to_string(block.left()) + " bytes");
        const uint64_t type = block.u16();
        const uint64_t bytes = block.u16();
        const uint64_t flags = block.u8();
        block.skip(3);
        block.expect(bytes % 8 == 0, "a message of a multiple of 8 bytes", bytes);
        block.expect((flags & ~uint64_t{5}) == 0, "a message in its place", flags);
        Cursor message = block.part(bytes);
        ++found;
        if (type == continuation) {
          const uint64_t next = message.u64();
          blocks.emplace_back(next, message.u64());
        } else {
          check_message(type, message, object);
        }
      }
    }
    if (found != messages) {
      head.fail(std::to_string(messages) + " messages in the header", std::to_string(found));
    }
    return object;
  }

  template <class T>
  static void set_once(std::optional<T>& to, T value, const Cursor& message) {
    if (to) message.fail("one message of a kind", "two");
    to = std::move(value);
  }

  void check_message(uint64_t type, Cursor& message, Object& object) {
    switch (type) {
      case nil:
        return;
      case dataspace:
        return set_once(object.space, read_space(message), message);
      case datatype:
        return set_once(object.type, read_type(message, file_.size()), message);
      case old_fill_value:
        return set_once(object.fill_bytes, read_old_fill_value(message), message);
      case fill_value: {
        // Some files have both kinds.
        const uint64_t bytes = read_fill_value(message);
        if (object.fill_bytes && *object.fill_bytes != bytes) message.fail("one fill value", "two");
        object.fill_bytes = bytes;
        return;
      }
      case data_layout:
        return set_once(object.layout, read_layout(message), message);
      case filter_pipeline:
        return set_once(object.filters, read_filters(message), message);
      case attribute:
        return check_attribute(message);
      case symbol_table: {
        const uint64_t tree = message.u64();
        return set_once(object.symbols, {tree, message.u64()}, message);
      }
      case old_modification_time:
        return message.skip(16);
      case modification_time:
        return message.skip(8);
      case link:
        object.links.push_back(read_link(message));
        return;
      case external_files:
        message.fail("an array that is in the file", "one in other files");
      case link_info:
        if (object.has_links) message.fail("one message of a kind", "two");
        object.has_links = true;
        return read_link_info(message);
      case group_info:  // how links are stored when there are more
        return;
      default:
        message.fail("messages of a group or an array", "one of type " + std::to_string(type));
    }
  }

  // ---- Attributes ------------------------------------------------------------------------------------------

  void check_attribute(Cursor& message) {
    const uint64_t version = message.u8();
    message.expect(version >= 1 && version <= 3, "version 1 to 3 of an attribute", version);
    const uint64_t flags = message.u8();
    message.expect(version == 1 || flags == 0, "an attribute with its own type and shape", flags);
    const uint64_t name_bytes = message.u16();
    const uint64_t type_bytes = message.u16();
    const uint64_t space_bytes = message.u16();
    if (version == 3) message.skip(1);
    const std::size_t unit = version == 1 ? 8 : 1;
    const auto next = [&](uint64_t bytes) {
      Cursor part = message.part(bytes);
      message.skip((unit - bytes % unit) % unit);
      return part;
    };
    Cursor name_part = next(name_bytes);
    const std::string_view name = name_part.text();
    if (name.empty() || name_part.left() > 0) name_part.fail("a name of as many bytes as it says", "another one");
    Cursor type_part = next(type_bytes);
    const Type of = read_type(type_part, file_.size());
    Cursor space_part = next(space_bytes);
    const Space shape = read_space(space_part);
    if (shape.elements > message.left() / of.bytes) {
      message.fail(std::to_string(shape.elements) + " elements of " + std::to_string(of.bytes) + " bytes",
                   std::to_string(message.left()) + " bytes");
    }
    if (of.kind != variable_length) return;
    for (uint64_t i = 0; i < shape.elements; ++i) check_reference(message);
  }

  // A text in a global heap, which no other attribute has.
  void check_reference(Cursor& message) {
    const uint64_t length = message.u32();
    const uint64_t address = message.u64();
    const uint64_t index = message.u32();
    if (address == 0) return message.expect(length == 0, "a text of no bytes", length);
    const auto known = heaps_.find(address);
    std::map<uint64_t, uint64_t>& objects =
        known == heaps_.end() ? check_global_heap(address, message.place()) : known->second;
    const auto object = objects.find(index);
    if (object == objects.end()) message.fail("a text of its own in the heap", "none");
    message.expect(object->second == length, "the length that the heap has", length);
    objects.erase(object);
  }

  // The lengths of its objects by their index.
  std::map<uint64_t, uint64_t>& check_global_heap(uint64_t address, const std::string& place) {
    Cursor head = Cursor(file_.subspan(std::min<uint64_t>(address, file_.size())), address, place);
    if (head.u32() != 0x4c4f4347) head.fail("GCOL, a heap of texts", "something else");
    const uint64_t version = head.u8();
    head.expect(version == 1, "version 1 of the heap", version);
    head.skip(3);
    const uint64_t bytes = head.u64();
    head.expect(bytes >= 4096 && bytes % 8 == 0, "a heap of at least 4096 bytes", bytes);
    Cursor heap = claim(address, bytes, place);
    heap.skip(16);
    std::map<uint64_t, uint64_t>& objects = heaps_[address];
    while (heap.left() >= 16) {
      const std::size_t left = heap.left();
      const uint64_t index = heap.u16();
      heap.skip(6);
      const uint64_t length = heap.u64();
      if (index == 0) {  // what is free, up to the end
        heap.expect(length == left, "free bytes up to the end of the heap", length);
        break;
      }
      heap.expect(length <= heap.left(), "an object within the heap", length);
      heap.expect(objects.emplace(index, length).second, "an index of its own", index);
      heap.skip(std::min<std::size_t>((length + 7) / 8 * 8, heap.left()));
    }
    return objects;
  }

  // ---- Arrays ----------------------------------------------------------------------------------------------

  void check_array(const Object& object, const std::string& place) {
    const auto fail = [&](const std::string& expected, const std::string& found) {
      throw FormatError(place + ": expected " + expected + ", found " + found);
    };
    if (!object.space || !object.type || !object.layout) fail("a group or an array", "neither");
    if (object.space->is_null) fail("an array", "one without a shape");
    const Layout& layout = *object.layout;
    if (object.type->kind == text || object.type->kind == variable_length)
      fail("an array of numbers or truth values", "texts");
    if (object.fill_bytes && *object.fill_bytes != 0 && *object.fill_bytes != object.type->bytes) {
      fail("a fill value of " + std::to_string(object.type->bytes) + " bytes", std::to_string(*object.fill_bytes));
    }
    if (object.filters && layout.kind != 2) fail("filters of chunks", "those of another layout");
    // Below 2^60 elements of at most 8 bytes.
    const uint64_t bytes = object.space->elements * object.type->bytes;
    if (layout.kind == 2) return check_chunks(object, bytes, place);
    const bool there = layout.kind == 0 || layout.address != undefined_address;
    if (bytes != (there ? layout.bytes : 0)) {
      fail(std::to_string(bytes) + " bytes of elements", there ? std::to_string(layout.bytes) : "none");
    }
    if (layout.kind == 1 && there) claim(layout.address, layout.bytes, place);
  }

  struct Chunks {
    const Object& object;
    const std::string& place;
    Levels levels;
    uint64_t count = 0;
  };

  void check_chunks(const Object& object, uint64_t bytes, const std::string& place) {
    const Layout& layout = *object.layout;
    const std::vector<uint64_t>& lengths = object.space->lengths;
    const auto fail = [&](const std::string& expected, const std::string& found) {
      throw FormatError(place + ": expected " + expected + ", found " + found);
    };
    if (layout.chunk.size() != lengths.size() + 1 || layout.chunk.back() != object.type->bytes) {
      fail("chunks of the array's dimensions and elements", "others");
    }
    // Those that the array takes; no chunk is left out.
    uint64_t expected = bytes == 0 ? 0 : 1;
    for (std::size_t axis = 0; axis < lengths.size(); ++axis) {
      expected *= (lengths[axis] + layout.chunk[axis] - 1) / layout.chunk[axis];
    }
    Chunks chunks{object, place, {}, 0};
    if (layout.address != undefined_address) {
      check_chunk_node(layout.address, std::nullopt, chunks);
      check_siblings(chunks.levels, place);
    }
    if (chunks.count != expected) fail(std::to_string(expected) + " chunks", std::to_string(chunks.count));
  }

  void check_chunk_node(uint64_t address, std::optional<uint64_t> expected_level, Chunks& chunks) {
    const std::vector<uint64_t>& shape = chunks.object.layout->chunk;
    const std::vector<uint64_t>& lengths = chunks.object.space->lengths;
    Node node = check_node(address, 1, chunk_tree_k, 8 + 8 * shape.size(), expected_level, chunks.place, chunks.levels);
    for (uint64_t i = 0; i < node.entries; ++i) {
      const uint64_t bytes = node.entry.u32();
      const uint64_t left_out = node.entry.u32();
      node.entry.expect(left_out == 0, "a chunk with all filters", left_out);
      for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        const uint64_t start = node.entry.u64();
        const bool inside = axis < lengths.size() ? start < lengths[axis] && start % shape[axis] == 0 : start == 0;
        node.entry.expect(inside, "a chunk of the array", start);
      }
      const uint64_t child = node.entry.u64();
      if (node.level > 0) {
        check_chunk_node(child, node.level - 1, chunks);
      } else {
        ++chunks.count;
        check_chunk(child, bytes, chunks);
      }
    }
    // The last key, behind all chunks.
    node.entry.skip(8);
    for (const uint64_t length : shape) {
      const uint64_t start = node.entry.u64();
      node.entry.expect(start % length == 0, "a place between chunks", start);
    }
  }

  void check_chunk(uint64_t address, uint64_t bytes, const Chunks& chunks) {
    Cursor chunk = claim(address, bytes, chunks.place);
    const Filters filters = chunks.object.filters.value_or(Filters{});
    constexpr uint64_t checksum = 4;
    const uint64_t inside = chunks.object.layout->bytes + (filters.checksum_inside ? checksum : 0);
    if (!filters.packed) {
      return chunk.expect(bytes == inside, "a chunk of " + std::to_string(inside) + " bytes", bytes);
    }
    const uint64_t outside = filters.checksum_outside ? checksum : 0;
    chunk.expect(bytes >= outside, "a chunk with a checksum", bytes);
    const uint64_t unpacked = unpacked_bytes(chunk.take(bytes - outside), inside);
    chunk.expect(unpacked == inside, "a chunk that unpacks to " + std::to_string(inside) + " bytes", unpacked);
  }

  // How many there are, counted up to one more than `most`; 0 if they are damaged.
  static uint64_t unpacked_bytes(std::span<const std::byte> packed, uint64_t most) {
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

  std::span<const std::byte> file_;
  std::string name_;
  uint64_t leaf_k_ = 0, internal_k_ = 0;
  std::map<uint64_t, uint64_t> taken_;  // begins and ends
  std::map<uint64_t, std::map<uint64_t, uint64_t>> heaps_;
};

}  // namespace

void check_hdf5(std::span<const std::byte> file, const std::string& name) { Checker(file, name).check(); }

}  // namespace xtape::io
