#include "io/hdf5/object_header.hpp"

namespace xtape::io::hdf5 {
namespace {

enum class Message : uint64_t {
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

template <class T>
void set_once(std::optional<T>& to, T value, const Cursor& message) {
  if (to) message.fail("one message of a kind", "two");
  to = std::move(value);
}

void take(Message type, Cursor& message, ClaimedFile& file, TextHeaps& heaps, Object& object) {
  switch (type) {
    case Message::nil:
      return;
    case Message::dataspace:
      return set_once(object.space, read_space(message), message);
    case Message::datatype:
      return set_once(object.type, read_type(message, file.bytes().size()), message);
    case Message::old_fill_value:
    case Message::fill_value: {
      // Where a value was given there are both kinds, in either order.
      const uint64_t bytes = type == Message::fill_value ? read_fill_value(message) : read_old_fill_value(message);
      if (object.fill_bytes && *object.fill_bytes != bytes) message.fail("one fill value", "two");
      object.fill_bytes = bytes;
      return;
    }
    case Message::data_layout:
      return set_once(object.layout, read_layout(message), message);
    case Message::filter_pipeline:
      return set_once(object.filters, read_filters(message), message);
    case Message::attribute:
      return check_attribute(message, file, heaps);
    case Message::symbol_table: {
      const uint64_t tree = message.u64();
      return set_once(object.symbols, {tree, message.u64()}, message);
    }
    case Message::old_modification_time:
      return message.skip(16);
    case Message::modification_time:
      return message.skip(8);
    case Message::link:
      object.links.push_back(read_link(message));
      return;
    case Message::external_files:
      message.fail("an array that is in the file", "one in other files");
    case Message::link_info:
      if (object.has_links) message.fail("one message of a kind", "two");
      object.has_links = true;
      return read_link_info(message);
    case Message::group_info:  // how links are stored when there are more
      return;
    default:
      message.fail("messages of a group or an array", "one of type " + std::to_string(static_cast<uint64_t>(type)));
  }
}

}  // namespace

Object read_object_header(uint64_t address, ClaimedFile& file, TextHeaps& heaps, const std::string& place) {
  Cursor head = file.claim(address, 16, place);
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
    Cursor block = file.claim(blocks[i].first, blocks[i].second, place);
    while (block.left() > 0) {
      if (block.left() < 8) block.fail("messages up to the end of the header", std::to_string(block.left()) + " bytes");
      const auto type = static_cast<Message>(block.u16());
      const uint64_t bytes = block.u16();
      const uint64_t flags = block.u8();
      block.skip(3);
      block.expect(bytes % 8 == 0, "a message of a multiple of 8 bytes", bytes);
      block.expect((flags & ~uint64_t{5}) == 0, "a message in its place", flags);
      Cursor message = block.part(bytes);
      ++found;
      if (type == Message::continuation) {
        const uint64_t next = message.u64();
        blocks.emplace_back(next, message.u64());
      } else {
        take(type, message, file, heaps, object);
      }
    }
  }
  if (found != messages) head.fail(std::to_string(messages) + " messages in the header", std::to_string(found));
  return object;
}

}  // namespace xtape::io::hdf5
