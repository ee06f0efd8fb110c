#include "io/hdf5/attribute.hpp"

#include <algorithm>
#include <string_view>

#include "io/hdf5/messages.hpp"

namespace xtape::io::hdf5 {

void check_attribute(Cursor& message, const ClaimedFile& file, TextHeaps& heaps) {
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
  const Type of = read_type(type_part, file.bytes().size());
  Cursor space_part = next(space_bytes);
  const Space shape = read_space(space_part);
  if (shape.elements > message.left() / of.bytes) {
    message.fail(std::to_string(shape.elements) + " elements of " + std::to_string(of.bytes) + " bytes",
                 std::to_string(message.left()) + " bytes");
  }
  if (of.kind != TypeClass::variable_length) return;
  for (uint64_t i = 0; i < shape.elements; ++i) heaps.take(message);
}

void TextHeaps::take(Cursor& reference) {
  const uint64_t length = reference.u32();
  const uint64_t address = reference.u64();
  const uint64_t index = reference.u32();
  if (address == 0) return reference.expect(length == 0, "a text of no bytes", length);
  const auto known = heaps_.find(address);
  Lengths& texts = known == heaps_.end() ? heap_at(address, reference.place()) : known->second;
  const auto text = texts.find(index);
  if (text == texts.end()) reference.fail("a text of its own in the heap", "none");
  reference.expect(text->second == length, "the length that the heap has", length);
  texts.erase(text);
}

TextHeaps::Lengths& TextHeaps::heap_at(uint64_t address, const std::string& place) {
  const std::span<const std::byte> file = file_.bytes();
  Cursor head(file.subspan(std::min<uint64_t>(address, file.size())), address, place);
  if (head.u32() != 0x4c4f4347) head.fail("GCOL, a heap of texts", "something else");
  const uint64_t version = head.u8();
  head.expect(version == 1, "version 1 of the heap", version);
  head.skip(3);
  const uint64_t bytes = head.u64();
  head.expect(bytes >= 4096 && bytes % 8 == 0, "a heap of at least 4096 bytes", bytes);
  Cursor heap = file_.claim(address, bytes, place);
  heap.skip(16);
  Lengths& texts = heaps_[address];
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
    heap.expect(texts.emplace(index, length).second, "an index of its own", index);
    heap.skip(std::min<std::size_t>((length + 7) / 8 * 8, heap.left()));
  }
  return texts;
}

}  // namespace xtape::io::hdf5
