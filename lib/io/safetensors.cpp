#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/json.hpp>
#include <xtape/ops/creation.hpp>

#include "io/atomic_file.hpp"
#include "io/cursor.hpp"
#include "io/elements.hpp"
#include "io/in_call.hpp"
#include "io/mapped_file.hpp"
#include "io/signature.hpp"
#include "io/utf8.hpp"

namespace xtape::io {
namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::size_t alignment = 64;  // of the first tensor, as of tensors in memory
constexpr std::string_view metadata_name = "__metadata__";

constexpr std::array<std::pair<std::string_view, Stored>, 13> types{{{"BOOL", Stored::bool_},
                                                                     {"U8", Stored::uint8},
                                                                     {"I8", Stored::int8},
                                                                     {"U16", Stored::uint16},
                                                                     {"I16", Stored::int16},
                                                                     {"U32", Stored::uint32},
                                                                     {"I32", Stored::int32},
                                                                     {"U64", Stored::uint64},
                                                                     {"I64", Stored::int64},
                                                                     {"F16", Stored::float16},
                                                                     {"BF16", Stored::bfloat16},
                                                                     {"F32", Stored::float32},
                                                                     {"F64", Stored::float64}}};

// Where the elements of a tensor lie, counted from behind the header.
struct Entry {
  std::string name;
  Stored type;
  std::vector<int64_t> lengths;
  uint64_t begin, end;
};

class SafetensorsReader {
 public:
  explicit SafetensorsReader(const std::string& path) : path_(path), file_(std::make_shared<MappedFile>(path)) {}

  Safetensors read() {
    const std::size_t size = file_->bytes().size();
    if (size < length_bytes) fail("offset 0", "the length of the header in 8 bytes", std::to_string(size) + " bytes");
    const uint64_t length = Cursor(file_->bytes(), 0, path_).u64();
    if (length > size - length_bytes) {
      if (const std::string kind = kind_of_file(file_->bytes()); !kind.empty() && kind != safetensors_kind) {
        fail("offset 0", "a safetensors file", kind);
      }
      fail("offset 0", "a header of at most " + std::to_string(size - length_bytes) + " bytes, which are left",
           std::to_string(length));
    }
    data_ = file_->bytes().subspan(length_bytes + length);
    read_header({reinterpret_cast<const char*>(file_->bytes().data()) + length_bytes, length});
    check_places();
    for (const Entry& entry : entries_) result_.tensors.emplace_back(entry.name, tensor(entry));
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& expected, const std::string& found) const {
    throw FormatError(path_ + ", " + place + ": expected " + expected + ", found " + found);
  }

  void read_header(std::string_view text) {
    Config header;
    try {
      header = parse_json(text);
    } catch (const FormatError& error) {
      fail("header", "JSON", error.message());
    }
    if (!header.is_dict()) fail("header", "tensors by name", header.str().substr(0, 40));
    for (const auto& [name, value] : header.entries()) {
      if (name == metadata_name) {
        read_metadata(value);
      } else {
        read_entry(name, value);
      }
    }
  }

  void read_metadata(const Config& value) {
    if (!value.is_dict()) fail(std::string(metadata_name), "texts by name", value.str().substr(0, 40));
    for (const auto& [name, text] : value.entries()) {
      if (!text.is_text()) fail(std::string(metadata_name) + " " + name, "a text", text.str().substr(0, 40));
      result_.metadata.emplace_back(name, text.text());
    }
  }

  void read_entry(const std::string& name, const Config& value) {
    const std::string place = "tensor " + name;
    const Config* const dtype = value.is_dict() ? value.find("dtype") : nullptr;
    const Config* const shape = value.is_dict() ? value.find("shape") : nullptr;
    const Config* const offsets = value.is_dict() ? value.find("data_offsets") : nullptr;
    if (dtype == nullptr || shape == nullptr || offsets == nullptr) {
      fail(place, "dtype, shape and data_offsets", value.str().substr(0, 40));
    }
    const auto type = std::find_if(types.begin(), types.end(),
                                   [&](const auto& known) { return dtype->is_text() && dtype->text() == known.first; });
    if (type == types.end()) {
      fail(place, "a dtype BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32 or F64",
           dtype->str().substr(0, 40));
    }
    const std::vector<int64_t> lengths = numbers(*shape, place + ", shape");
    const std::vector<int64_t> bounds = numbers(*offsets, place + ", data_offsets");
    if (bounds.size() != 2 || bounds[0] > bounds[1] || static_cast<uint64_t>(bounds[1]) > data_.size()) {
      fail(place + ", data_offsets", "a begin and an end in the " + std::to_string(data_.size()) + " bytes of data",
           offsets->str().substr(0, 80));
    }
    const uint64_t bytes = checked_bytes(type->second, lengths, path_ + ", " + place + ", shape");
    if (bytes != static_cast<uint64_t>(bounds[1] - bounds[0])) {
      fail(place + ", data_offsets", std::to_string(bytes) + " bytes for the shape " + shape->str(),
           std::to_string(bounds[1] - bounds[0]));
    }
    entries_.push_back(
        {name, type->second, lengths, static_cast<uint64_t>(bounds[0]), static_cast<uint64_t>(bounds[1])});
  }

  std::vector<int64_t> numbers(const Config& value, const std::string& place) const {
    std::vector<int64_t> result;
    bool fits = value.is_list();
    if (fits) {
      for (const Config& number : value.list()) {
        fits = fits && number.is_integer() && number.integer() >= 0;
        if (fits) result.push_back(number.integer());
      }
    }
    if (!fits) fail(place, "a list of integers of at least 0", value.str().substr(0, 80));
    return result;
  }

  // One behind the other they take all bytes.
  void check_places() const {
    std::vector<const Entry*> in_order;
    for (const Entry& entry : entries_) in_order.push_back(&entry);
    std::sort(in_order.begin(), in_order.end(),
              [](const Entry* a, const Entry* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
    uint64_t position = 0;
    for (const Entry* entry : in_order) {
      if (entry->begin != position) {
        fail("tensor " + entry->name + ", data_offsets",
             "that it begins where the one before ends, at " + std::to_string(position), std::to_string(entry->begin));
      }
      position = entry->end;
    }
    if (position != data_.size()) {
      fail("data", std::to_string(position) + " bytes, which the tensors have", std::to_string(data_.size()));
    }
  }

  Tensor tensor(const Entry& entry) const {
    const Shape shape(entry.lengths.begin(), entry.lengths.end());
    const std::span<std::byte> bytes = data_.subspan(entry.begin, entry.end - entry.begin);
    const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(entry.type) == 0;
    if (!is_native(entry.type, std::endian::little) || entry.type == Stored::bool_ || !aligned) {
      return tensor_of(entry.type, std::endian::little, bytes, shape, path_ + ", tensor " + entry.name);
    }
    return switch_type(dtype_of(entry.type), [&]<class T>(T) {
      return borrow_data(reinterpret_cast<T*>(bytes.data()), shape, [file = file_] {});
    });
  }

  std::string path_;
  std::shared_ptr<MappedFile> file_;
  std::span<std::byte> data_;
  std::vector<Entry> entries_;
  Safetensors result_;
};

std::string_view type_name(DType dtype) {
  const Stored type = stored(dtype);
  return std::find_if(types.begin(), types.end(), [&](const auto& known) { return known.second == type; })->first;
}

// The length of the header, and the header.
std::string header_of(const NamedTensors& tensors, const std::vector<uint64_t>& begins,
                      const std::vector<std::pair<std::string, std::string>>& metadata) {
  Config::Entries entries;
  if (!metadata.empty()) {
    Config::Entries texts;
    for (const auto& [name, text] : metadata) texts.push_back({name, text});
    entries.push_back({std::string(metadata_name), Config(std::move(texts))});
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    const uint64_t end = begins[i] + static_cast<uint64_t>(tensor.numel()) * size_of(stored(tensor.dtype()));
    Config::Entries entry;
    entry.push_back({"dtype", std::string(type_name(tensor.dtype()))});
    entry.push_back({"shape", Config::List(tensor.shape().begin(), tensor.shape().end())});
    entry.push_back({"data_offsets", Config::List{begins[i], end}});
    entries.push_back({name, Config(std::move(entry))});
  }
  std::string text = to_json(Config(std::move(entries)));
  text.resize((length_bytes + text.size() + alignment - 1) / alignment * alignment - length_bytes, ' ');
  std::string length;
  for (std::size_t i = 0; i < length_bytes; ++i) length += static_cast<char>(text.size() >> 8 * i & 0xff);
  return length + text;
}

void save(const std::string& path, const NamedTensors& tensors,
          const std::vector<std::pair<std::string, std::string>>& metadata) {
  static_assert(std::endian::native == std::endian::little);
  std::set<std::string_view> known, texts;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined()) throw ValueError("the tensor " + name + " is undefined");
    if (name == metadata_name) throw ValueError("a tensor cannot be named " + name);
    check_utf8("a tensor", name);
    if (!known.insert(name).second) throw ValueError("two tensors are named " + name);
  }
  for (const auto& [name, text] : metadata) {
    if (!texts.insert(name).second) throw ValueError("two metadata are named " + name);
    check_utf8("a text of the metadata", name);
    if (!is_utf8(text)) throw ValueError("the text " + name + " of the metadata is not UTF-8");
  }
  // Those with large elements first, so that all are aligned; the header names them in the order given.
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return xtape::size_of(tensors[a].second.dtype()) > xtape::size_of(tensors[b].second.dtype());
  });
  std::vector<uint64_t> begins(tensors.size());
  uint64_t position = 0;
  for (const std::size_t i : order) {
    begins[i] = position;
    position += static_cast<uint64_t>(tensors[i].second.numel()) * xtape::size_of(tensors[i].second.dtype());
  }
  const std::string header = header_of(tensors, begins, metadata);

  AtomicFile file(path);
  file.write(as_bytes(header));
  for (const std::size_t i : order) {
    const Tensor contiguous = tensors[i].second.contiguous();
    file.write(bytes_of(contiguous));
  }
  file.commit();
}

}  // namespace

Safetensors load_safetensors(const std::string& path) {
  return in_call("load_safetensors", [&] { return SafetensorsReader(path).read(); });
}

void save_safetensors(const std::string& path, const NamedTensors& tensors,
                      const std::vector<std::pair<std::string, std::string>>& metadata) {
  in_call("save_safetensors", [&] { save(path, tensors, metadata); });
}

}  // namespace xtape::io
