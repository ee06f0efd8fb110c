#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "io/bytes.hpp"
#include "io/elements.hpp"
#include "io/hdf5.hpp"
#include "io/hdf5/check.hpp"
#include "io/hdf5/handle.hpp"
#include "io/mapped_file.hpp"

namespace xtape::io {
namespace {

// The element types that are read: each as it is in the file, without conversions by the library.
struct ElementType {
  hid_t type;
  Stored stored;
  std::endian order;
};

class ElementTypes {
 public:
  ElementTypes() {
    constexpr auto little = std::endian::little;
    constexpr auto big = std::endian::big;
    half_ = make_half_type(10);
    big_half_ = H5Tcopy(half_);
    H5Tset_order(big_half_, H5T_ORDER_BE);
    brain_ = make_half_type(7);
    types_ = {{H5T_IEEE_F32LE, Stored::float32, little}, {H5T_IEEE_F64LE, Stored::float64, little},
              {half_, Stored::float16, little},          {brain_, Stored::bfloat16, little},
              {H5T_STD_I32LE, Stored::int32, little},    {H5T_STD_I64LE, Stored::int64, little},
              {H5T_STD_U8LE, Stored::uint8, little},     {H5T_STD_I8LE, Stored::int8, little},
              {H5T_STD_U16LE, Stored::uint16, little},   {H5T_STD_I16LE, Stored::int16, little},
              {H5T_STD_U32LE, Stored::uint32, little},   {H5T_STD_U64LE, Stored::uint64, little},
              {H5T_IEEE_F32BE, Stored::float32, big},    {H5T_IEEE_F64BE, Stored::float64, big},
              {big_half_, Stored::float16, big},         {H5T_STD_U8BE, Stored::uint8, big},
              {H5T_STD_I8BE, Stored::int8, big},         {H5T_STD_U16BE, Stored::uint16, big},
              {H5T_STD_I16BE, Stored::int16, big},       {H5T_STD_I32BE, Stored::int32, big},
              {H5T_STD_I64BE, Stored::int64, big},       {H5T_STD_U32BE, Stored::uint32, big},
              {H5T_STD_U64BE, Stored::uint64, big}};
  }
  ~ElementTypes() {
    for (const hid_t type : {half_, big_half_, brain_}) H5Tclose(type);
  }
  ElementTypes(const ElementTypes&) = delete;
  ElementTypes& operator=(const ElementTypes&) = delete;

  std::optional<ElementType> find(hid_t type) const {
    if (is_bool(type)) return ElementType{type, Stored::bool_, std::endian::native};
    for (const ElementType& known : types_) {
      if (H5Tequal(known.type, type) > 0) return known;
    }
    return std::nullopt;
  }

 private:
  static bool is_bool(hid_t type) {
    if (H5Tget_class(type) != H5T_ENUM || H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
    for (const unsigned i : {0U, 1U}) {
      char* const name = H5Tget_member_name(type, i);
      const bool known = name != nullptr && (std::strcmp(name, "FALSE") == 0 || std::strcmp(name, "TRUE") == 0);
      H5free_memory(name);
      if (!known) return false;
    }
    return true;
  }

  hid_t half_, big_half_, brain_;
  std::vector<ElementType> types_;
};

herr_t take_link(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

herr_t take_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

// Reads what check_hdf5 has looked through.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  ArrayGroup read(hid_t file) const {
    const GroupHandle root(H5Gopen2(file, "/", H5P_DEFAULT));
    check(root.is_open(), "/", "a group");
    return read_group(root, "/");
  }

 private:
  void check(bool done, const std::string& place, const std::string& expected) const {
    if (!done) {
      throw FormatError(file_ + ", " + place + ": expected " + expected + ", found damaged data (" + hdf5_error() +
                        ")");
    }
  }

  ArrayGroup read_group(hid_t group, const std::string& place) const {
    ArrayGroup result;
    result.attributes = read_attributes(group, place);
    std::vector<std::string> names;
    check(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, take_link, &names) >= 0, place,
          "a list of what is in the group");
    for (const std::string& name : names) {
      const std::string inner = place + (place.size() == 1 ? "" : "/") + name;
      const ObjectHandle object(H5Oopen(group, name.c_str(), H5P_DEFAULT));
      check(object.is_open(), inner, "a group or an array");
      if (H5Iget_type(object) == H5I_GROUP) {
        result.groups.push_back({name, read_group(object, inner)});
      } else {
        result.arrays.emplace_back(name, read_array(object, inner));
      }
    }
    return result;
  }

  // ---- Arrays ----------------------------------------------------------------------------------------------

  Tensor read_array(hid_t dataset, const std::string& place) const {
    const TypeHandle type(H5Dget_type(dataset));
    const SpaceHandle space(H5Dget_space(dataset));
    check(type.is_open() && space.is_open(), place, "an array");
    const std::optional<ElementType> element = element_type(dataset, type);
    check(element.has_value(), place, "elements that are numbers of 1 to 8 bytes or truth values");
    const int rank = H5Sget_simple_extent_ndims(space);
    check(rank >= 0, place, "a shape");
    std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
    check(rank == 0 || H5Sget_simple_extent_dims(space, lengths.data(), nullptr) == rank, place, "a shape");
    const std::vector<int64_t> shape(lengths.begin(), lengths.end());
    const uint64_t bytes = checked_bytes(element->stored, shape, file_ + ", " + place);
    return read_elements(dataset, type, *element, Shape(shape.begin(), shape.end()), bytes, place);
  }

  // bfloat16 from Keras comes as opaque bytes whose attribute says so.
  std::optional<ElementType> element_type(hid_t dataset, hid_t type) const {
    if (H5Tget_class(type) != H5T_OPAQUE || H5Tget_size(type) != 2) return types_.find(type);
    for (const auto& [name, value] : read_attributes(dataset, "")) {
      const auto* const text = std::get_if<std::string>(&value);
      if (name == "dtype" && text != nullptr && *text == "bfloat16") {
        return ElementType{type, Stored::bfloat16, std::endian::little};
      }
    }
    return std::nullopt;
  }

  Tensor read_elements(hid_t dataset, hid_t type, const ElementType& element, const Shape& shape, uint64_t bytes,
                       const std::string& place) const {
    const bool direct = is_native(element.stored, element.order) && element.stored != Stored::bool_;
    const Tensor result = direct ? empty(shape, dtype_of(element.stored)) : Tensor();
    Bytes raw(direct ? 0 : bytes);
    if (bytes > 0) {
      void* const to = direct ? writable_bytes(result).data() : raw.data();
      check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0, place, "the elements");
    }
    return direct ? result : tensor_of(element.stored, element.order, raw, shape, file_ + ", " + place);
  }

  // ---- Attributes ------------------------------------------------------------------------------------------

  std::vector<std::pair<std::string, Attribute>> read_attributes(hid_t object, const std::string& place) const {
    std::vector<std::string> names;
    hsize_t position = 0;
    check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &position, take_attribute, &names) >= 0, place, "attributes");
    std::vector<std::pair<std::string, Attribute>> result;
    for (const std::string& name : names) {
      const std::string inner = place + "@" + name;
      const AttributeHandle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT));
      check(attribute.is_open(), inner, "an attribute");
      if (std::optional<Attribute> value = read_attribute(attribute, inner))
        result.emplace_back(name, std::move(*value));
    }
    join_pieces(result);
    return result;
  }

  // Nothing for a value that no model file has: references, structures, arrays of numbers.
  std::optional<Attribute> read_attribute(hid_t attribute, const std::string& place) const {
    const TypeHandle type(H5Aget_type(attribute));
    const SpaceHandle space(H5Aget_space(attribute));
    check(type.is_open() && space.is_open(), place, "an attribute");
    const H5S_class_t extent = H5Sget_simple_extent_type(space);
    const int rank = H5Sget_simple_extent_ndims(space);
    if (extent == H5S_NULL || rank > 1) return std::nullopt;
    hsize_t count = 1;
    check(rank == 0 || H5Sget_simple_extent_dims(space, &count, nullptr) == rank, place, "a shape");
    if (count == 0) return std::vector<std::string>();
    if (H5Tget_class(type) == H5T_STRING) {
      std::vector<std::string> texts = read_texts(attribute, type, space, count, place);
      if (rank == 0) return std::move(texts.front());
      return texts;
    }
    if (rank > 0) return std::nullopt;
    if (const std::optional<ElementType> element = types_.find(type)) {
      std::vector<std::byte> raw(size_of(element->stored));
      check(H5Aread(attribute, type, raw.data()) >= 0, place, "a value");
      const Tensor value = tensor_of(element->stored, element->order, raw, {}, file_ + ", " + place);
      if (is_floating(value.dtype())) return value.item<double>();
      return value.item<int64_t>();
    }
    return std::nullopt;
  }

  std::vector<std::string> read_texts(hid_t attribute, hid_t type, hid_t space, std::size_t count,
                                      const std::string& place) const {
    std::vector<std::string> texts;
    if (H5Tis_variable_str(type) > 0) {
      std::vector<char*> addresses(count, nullptr);
      const bool done = H5Aread(attribute, type, addresses.data()) >= 0;
      if (done) {
        for (const char* address : addresses) texts.emplace_back(address == nullptr ? "" : address);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, addresses.data());
      }
      check(done, place, "texts");
      return texts;
    }
    const std::size_t size = H5Tget_size(type);
    std::string raw(count * size, '\0');
    check(H5Aread(attribute, type, raw.data()) >= 0, place, "texts");
    const bool padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    for (std::size_t i = 0; i < count; ++i) {
      std::string text = raw.substr(i * size, size);
      text.resize(std::min(text.find('\0'), text.size()));
      if (padded) text.resize(text.find_last_not_of(' ') + 1);
      texts.push_back(std::move(text));
    }
    return texts;
  }

  // name0, name1, ... become name, where all are lists and there is no such name already.
  static void join_pieces(std::vector<std::pair<std::string, Attribute>>& attributes) {
    ArrayGroup all;
    all.attributes = std::move(attributes);
    attributes.clear();
    std::unordered_map<std::string_view, const Attribute*> by_name;
    for (const auto& [name, value] : all.attributes) by_name.emplace(name, &value);
    std::set<std::string> taken;
    for (auto& [name, value] : all.attributes) {
      if (taken.contains(name)) continue;
      const std::string base = name.substr(0, name.size() - 1);
      if (!name.ends_with('0') || base.empty() || by_name.contains(base) ||
          !std::holds_alternative<std::vector<std::string>>(value)) {
        attributes.emplace_back(name, value);
        continue;
      }
      std::vector<std::string> joined;
      for (std::size_t i = 0;; ++i) {
        const std::string piece = base + std::to_string(i);
        const auto found = by_name.find(piece);
        const auto* const texts =
            found == by_name.end() ? nullptr : std::get_if<std::vector<std::string>>(found->second);
        if (texts == nullptr) break;
        joined.insert(joined.end(), texts->begin(), texts->end());
        taken.insert(piece);
      }
      attributes.emplace_back(base, std::move(joined));
    }
    std::erase_if(attributes, [&](const auto& entry) { return taken.contains(entry.first); });
  }

  std::string file_;
  ElementTypes types_;
};

// The library reads from the image itself: its copies are the image, and nothing is freed.
void* same_memory(std::size_t, H5FD_file_image_op_t, void* image) { return image; }
void* no_copy(void* to, const void*, std::size_t, H5FD_file_image_op_t, void*) { return to; }
void* no_more_memory(void*, std::size_t, H5FD_file_image_op_t, void*) { return nullptr; }
herr_t keep_memory(void*, H5FD_file_image_op_t, void*) { return 0; }
void* same_data(void* image) { return image; }
herr_t keep_data(void*) { return 0; }

}  // namespace

ArrayGroup read_hdf5(const std::string& path) { return read_hdf5_image(MappedFile(path).bytes(), path); }

ArrayGroup read_hdf5_image(std::span<const std::byte> image, const std::string& name_for_errors,
                           uint64_t most_unpacked) {
  check_hdf5(image, name_for_errors, most_unpacked);
  const Hdf5Session session;
  const ListHandle access(H5Pcreate(H5P_FILE_ACCESS));
  // It is opened to be read: nothing is written to.
  void* const memory = const_cast<std::byte*>(image.data());
  H5FD_file_image_callbacks_t callbacks{same_memory, no_copy,   no_more_memory, keep_memory,
                                        same_data,   keep_data, memory};
  const bool ready = H5Pset_fapl_core(access, 1, false) >= 0 && H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
                     H5Pset_file_image(access, memory, image.size()) >= 0 && keep_structures(access) >= 0;
  const FileHandle file(ready ? H5Fopen("xtape", H5F_ACC_RDONLY, access) : H5I_INVALID_HID);
  if (!file.is_open()) {
    throw FormatError(name_for_errors + ": expected an HDF5 file, found none (" + hdf5_error() + ")");
  }
  return Reader(name_for_errors).read(file);
}

}  // namespace xtape::io
