#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/io/pt.hpp>
#include <xtape/ops/creation.hpp>

#include "io/byte_reader.hpp"
#include "io/bytes.hpp"
#include "io/elements.hpp"
#include "io/in_call.hpp"
#include "io/pickle/pickle.hpp"
#include "io/zip.hpp"

namespace xtape::io {
namespace {

constexpr std::array<std::pair<std::string_view, Stored>, 10> storages{{{"torch.FloatStorage", Stored::float32},
                                                                        {"torch.DoubleStorage", Stored::float64},
                                                                        {"torch.HalfStorage", Stored::float16},
                                                                        {"torch.BFloat16Storage", Stored::bfloat16},
                                                                        {"torch.LongStorage", Stored::int64},
                                                                        {"torch.IntStorage", Stored::int32},
                                                                        {"torch.ShortStorage", Stored::int16},
                                                                        {"torch.CharStorage", Stored::int8},
                                                                        {"torch.ByteStorage", Stored::uint8},
                                                                        {"torch.BoolStorage", Stored::bool_}}};
constexpr std::string_view make_tensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view make_parameter = "torch._utils._rebuild_parameter";

// Values may be in many places, so that a small file could describe more tensors, or longer names, than there is
// memory.
constexpr int max_depth = 100;
constexpr std::size_t max_visits = std::size_t{1} << 20;
constexpr std::size_t max_name_bytes = std::size_t{64} << 20;
// The pickle has no elements, and a few bytes of an archive can unpack to any of it.
constexpr uint64_t max_pickle_bytes = uint64_t{64} << 20;
// Elements that are copied, as those of expanded tensors: times those that are stored, and in any case.
constexpr int64_t max_copies = 16, free_copies = int64_t{1} << 20;

std::set<std::string> known_globals() {
  std::set<std::string> names{std::string(make_tensor), std::string(make_parameter)};
  for (const auto& [name, type] : storages) names.emplace(name);
  return names;
}

using Items = std::vector<const PickleValue*>;

// The items of a tuple of at least so many; null for anything else.
const Items* tuple_of(const PickleValue* value, std::size_t at_least) {
  const auto* const list = value->as<PickleValue::List>();
  return list != nullptr && list->is_tuple && list->items.size() >= at_least ? &list->items : nullptr;
}

// Where the elements of a tensor lie in its storage.
struct Layout {
  int64_t offset;
  std::vector<int64_t> lengths, strides;
  int64_t elements;
};

class TorchReader {
 public:
  explicit TorchReader(const std::string& path) : path_(path), archive_(path) {
    const auto pickle = std::find_if(archive_.names().begin(), archive_.names().end(), [](const std::string& name) {
      return name == "data.pkl" || name.ends_with("/data.pkl");
    });
    if (pickle == archive_.names().end()) {
      throw FormatError(path + ": expected an entry data.pkl, as torch.save writes, found none");
    }
    folder_ = pickle->substr(0, pickle->size() - std::string_view("data.pkl").size());
    if (archive_.contains(folder_ + "byteorder")) {
      const std::string order = archive_.read_text(folder_ + "byteorder");
      if (order != "little" && order != "big") {
        throw FormatError(path + ", entry " + folder_ + "byteorder: expected little or big, found " +
                          order.substr(0, 20));
      }
      order_ = order == "big" ? std::endian::big : std::endian::little;
    }
  }

  NamedTensors read() {
    const std::string entry = folder_ + "data.pkl", place = path_ + ", entry " + entry;
    const Bytes bytes = archive_.read(entry, [&](std::span<const std::byte>, uint64_t size) {
      if (size <= max_pickle_bytes) return;
      throw FormatError(place + ": expected at most " + std::to_string(max_pickle_bytes) + " bytes, found " +
                        std::to_string(size));
    });
    const Pickle pickle(bytes, place, known_globals());
    add(pickle.root(), "", 0);
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& expected, const std::string& found) const {
    throw FormatError(path_ + ", " + (name.empty() ? "the whole" : name.substr(0, 200)) + ": expected " + expected +
                      ", found " + found);
  }

  void add(const PickleValue& value, const std::string& name, int depth) {
    name_bytes_ += name.size();
    if (depth > max_depth) fail(name, "at most " + std::to_string(max_depth) + " values in one another", "more");
    if (++visits_ > max_visits || name_bytes_ > max_name_bytes) {
      fail(name, "at most " + std::to_string(max_visits) + " values with names of together 64 MiB", "more");
    }
    if (const auto* list = value.as<PickleValue::List>()) {
      for (std::size_t i = 0; i < list->items.size(); ++i)
        add(*list->items[i], inner(name, std::to_string(i)), depth + 1);
    } else if (const auto* set = value.as<PickleValue::Set>()) {
      // Of numbers and texts, which are left out.
      visits_ += set->items.size();
      for (const PickleValue* item : set->items) {
        const bool is_plain = item->as<std::monostate>() || item->as<bool>() || item->as<int64_t>() ||
                              item->as<PickleValue::BigInteger>() || item->as<double>() || item->as<std::string>();
        if (!is_plain) fail(name, "a set of numbers and texts", "another one");
      }
    } else if (const auto* dict = value.as<PickleValue::Dict>()) {
      for (const auto& [key, item] : dict->items) add(*item, inner(name, key_text(*key, name)), depth + 1);
    } else if (const auto* call = value.as<PickleValue::Call>()) {
      if (!names_.insert(name).second) fail(name, "one tensor of this name", "two");
      result_.emplace_back(name, tensor(*call, name));
    } else if (value.as<PickleValue::Global>() != nullptr || value.as<PickleValue::Persistent>() != nullptr) {
      fail(name, "tensors, dicts, lists, numbers and texts", "a class or storage");
    }
  }

  static std::string inner(const std::string& name, const std::string& key) {
    return name.empty() ? key : name + "." + key;
  }

  std::string key_text(const PickleValue& key, const std::string& name) const {
    if (const auto* text = key.as<std::string>()) return *text;
    const auto* const number = key.as<int64_t>();
    if (number == nullptr) fail(name, "keys that are texts or integers", "another one");
    return std::to_string(*number);
  }

  Tensor tensor(const PickleValue::Call& call, const std::string& name) {
    if (call.name == make_parameter) {
      // The tensor, whether it requires a gradient, and hooks.
      const Items* const arguments = tuple_of(call.arguments, 2);
      const auto* const inner = arguments == nullptr ? nullptr : (*arguments)[0]->as<PickleValue::Call>();
      if (inner == nullptr || inner->name != make_tensor) fail(name, "a parameter of a tensor", "another one");
      return tensor(*inner, name);
    }
    // Storage, offset, lengths, strides, whether it requires a gradient, and hooks.
    const Items* const arguments = tuple_of(call.arguments, 4);
    if (call.name != make_tensor || arguments == nullptr) fail(name, "a tensor", "another call");
    const auto* const persistent = (*arguments)[0]->as<PickleValue::Persistent>();
    if (persistent == nullptr) fail(name, "a storage", "another value");
    const Tensor base = storage(*persistent->id, name);
    return view(base, layout(*arguments, base.numel(), name), name);
  }

  // All elements of a storage. Tensors over it are views of this one.
  Tensor storage(const PickleValue& id, const std::string& name) {
    // "storage", its class, its entry below data/, the device, and how many elements it has.
    const Items* const parts = tuple_of(&id, 5);
    const auto* const kind = parts == nullptr ? nullptr : (*parts)[0]->as<std::string>();
    const auto* const type_name = parts == nullptr ? nullptr : (*parts)[1]->as<PickleValue::Global>();
    const auto* const key = parts == nullptr ? nullptr : (*parts)[2]->as<std::string>();
    const auto* const count = parts == nullptr ? nullptr : (*parts)[4]->as<int64_t>();
    if (kind == nullptr || *kind != "storage" || type_name == nullptr || key == nullptr || count == nullptr) {
      fail(name, "a storage with class, entry, device and number of elements", "others");
    }
    const auto type = std::find_if(storages.begin(), storages.end(),
                                   [&](const auto& known) { return known.first == type_name->name; });
    if (type == storages.end()) fail(name, "a class of storages", type_name->name);
    const std::string entry = folder_ + "data/" + *key;
    const auto known = bases_.find(entry);
    if (known != bases_.end()) {
      if (known->second.first != type->second)
        fail(name, "one class for all tensors over entry " + entry, type_name->name);
      return known->second.second;
    }
    Bytes bytes = archive_.read(entry);
    const uint64_t expected = checked_bytes(type->second, {*count}, path_ + ", " + name);
    if (bytes.size() != expected) {
      fail(name, std::to_string(expected) + " bytes in entry " + entry, std::to_string(bytes.size()));
    }
    const Tensor base = elements(type->second, std::move(bytes), *count, name);
    bases_.emplace(entry, std::pair(type->second, base));
    stored_elements_ += base.numel();
    return base;
  }

  // Over the bytes themselves where they are a tensor's.
  Tensor elements(Stored type, Bytes bytes, int64_t count, const std::string& name) const {
    if (!is_native(type, order_) || type == Stored::bool_) {
      return tensor_of(type, order_, bytes, {count}, path_ + ", " + name);
    }
    const auto owner = std::make_shared<Bytes>(std::move(bytes));
    return switch_type(dtype_of(type), [&]<class T>(T) {
      return borrow_data(reinterpret_cast<T*>(owner->data()), {count}, [owner] {});
    });
  }

  Layout layout(const Items& arguments, int64_t stored, const std::string& name) const {
    const auto* const offset = arguments[1]->as<int64_t>();
    Layout result{offset == nullptr ? -1 : *offset, numbers(arguments[2], name), numbers(arguments[3], name), 0};
    if (result.offset < 0) fail(name, "an offset of at least 0", "another one");
    if (result.lengths.size() != result.strides.size()) fail(name, "a stride for each dimension", "others");
    result.elements = static_cast<int64_t>(checked_bytes(Stored::uint8, result.lengths, path_ + ", " + name));
    if (result.elements == 0) return result;
    bool fits = true;
    int64_t last = result.offset;
    for (std::size_t axis = 0; axis < result.lengths.size(); ++axis) {
      int64_t distance;
      fits = fits && !__builtin_mul_overflow(result.lengths[axis] - 1, result.strides[axis], &distance) &&
             !__builtin_add_overflow(last, distance, &last);
    }
    // Expanded ones have each element many times.
    const bool is_expanded = std::find(result.strides.begin(), result.strides.end(), 0) != result.strides.end();
    if (!fits || last >= stored || (result.elements > stored && !is_expanded)) {
      fail(name, "a tensor in the " + std::to_string(stored) + " elements of its storage",
           "shape " + Shape(result.lengths.begin(), result.lengths.end()).str() + ", strides " +
               Shape(result.strides.begin(), result.strides.end()).str() + ", offset " + std::to_string(result.offset));
    }
    return result;
  }

  std::vector<int64_t> numbers(const PickleValue* value, const std::string& name) const {
    const Items* const items = tuple_of(value, 0);
    std::vector<int64_t> result;
    for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
      const auto* const number = (*items)[i]->as<int64_t>();
      if (number == nullptr || *number < 0) break;
      result.push_back(*number);
    }
    if (items == nullptr || result.size() != items->size())
      fail(name, "a tuple of integers of at least 0", "another value");
    return result;
  }

  Tensor view(const Tensor& base, const Layout& layout, const std::string& name) {
    const Shape shape(layout.lengths.begin(), layout.lengths.end());
    if (layout.elements == 0) return empty(shape, base.dtype());
    // Axes from the largest stride to the smallest, as they lie in memory.
    std::vector<int> order(layout.lengths.size());
    std::iota(order.begin(), order.end(), 0);
    const auto at = [](const std::vector<int64_t>& values, int axis) { return values[static_cast<std::size_t>(axis)]; };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return (at(layout.lengths, a) == 1 ? 0 : at(layout.strides, a)) >
             (at(layout.lengths, b) == 1 ? 0 : at(layout.strides, b));
    });
    bool dense = true;
    int64_t step = 1;
    for (auto axis = order.rbegin(); axis != order.rend(); ++axis) {
      dense = dense && (at(layout.lengths, *axis) == 1 || at(layout.strides, *axis) == step);
      step *= at(layout.lengths, *axis);
    }
    if (!dense) return copy(base, layout, shape, name);
    Shape in_memory;
    std::vector<int> axes(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      in_memory.push_back(at(layout.lengths, order[i]));
      axes[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    }
    return base.slice(0, {layout.offset, layout.offset + layout.elements}).reshape(in_memory).permute(axes);
  }

  Tensor copy(const Tensor& base, const Layout& layout, const Shape& shape, const std::string& name) {
    copied_elements_ += layout.elements;
    if (copied_elements_ > free_copies && copied_elements_ / max_copies > stored_elements_) {
      fail(name, "copies of at most " + std::to_string(max_copies) + " times the elements that are stored", "more");
    }
    const Tensor result = empty(shape, base.dtype());
    switch_type(base.dtype(), [&]<class T>(T) {
      const T* const from = base.data<const T>();
      T* const to = result.data<T>();
      std::vector<int64_t> index(layout.lengths.size(), 0);
      int64_t position = layout.offset;
      for (int64_t i = 0; i < layout.elements; ++i) {
        to[i] = from[position];
        for (std::size_t axis = index.size(); axis-- > 0;) {
          position += layout.strides[axis];
          if (++index[axis] < layout.lengths[axis]) break;
          position -= layout.lengths[axis] * layout.strides[axis];
          index[axis] = 0;
        }
      }
    });
    return result;
  }

  std::string path_;
  ZipReader archive_;
  std::string folder_;  // of the archive, with '/' at the end
  std::endian order_ = std::endian::little;
  std::map<std::string, std::pair<Stored, Tensor>> bases_;
  NamedTensors result_;
  std::set<std::string> names_;
  std::size_t visits_ = 0, name_bytes_ = 0;
  int64_t stored_elements_ = 0, copied_elements_ = 0;
};

// Before 1.6 torch.save wrote a pickle followed by bytes.
void check_not_legacy(const std::string& path) {
  std::array<unsigned char, 2> start{};
  const std::size_t count = ByteReader(path).read(start.data(), start.size());
  constexpr unsigned char pickle = 0x80;
  if (count == start.size() && start[0] == pickle && start[1] <= 5) {
    throw FormatError(path +
                      ": expected a zip archive, found a bare pickle, as PyTorch before 1.6 wrote: load it there and "
                      "save it again");
  }
}

}  // namespace

NamedTensors load_pt(const std::string& path) {
  return in_call("load_pt", [&] {
    check_not_legacy(path);
    return TorchReader(path).read();
  });
}

}  // namespace xtape::io
