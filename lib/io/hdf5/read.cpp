#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "io/elements.hpp"
#include "io/hdf5.hpp"
#include "io/hdf5/handle.hpp"
#include "io/regular_file.hpp"

namespace xtape::io {
namespace {

constexpr int max_depth = 64;
// What deflate can make of a byte, at most.
constexpr uint64_t max_ratio = 1032;

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

const char* class_name(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return "an integer";
    case H5T_FLOAT:
      return "a floating number";
    case H5T_STRING:
      return "a text";
    case H5T_OPAQUE:
      return "opaque bytes";
    case H5T_COMPOUND:
      return "a structure";
    case H5T_REFERENCE:
      return "a reference";
    case H5T_ENUM:
      return "an enumeration";
    case H5T_VLEN:
      return "a list";
    case H5T_ARRAY:
      return "an array";
    default:
      return "unknown";
  }
}

herr_t take_link(hid_t, const char* name, const H5L_info_t* info, void* links) {
  static_cast<std::vector<std::pair<std::string, H5L_type_t>>*>(links)->emplace_back(name, info->type);
  return 0;
}

herr_t take_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

class Reader {
 public:
  Reader(std::string file, uint64_t bytes) : file_(std::move(file)), file_bytes_(bytes), bytes_left_(bytes) {}

  ArrayGroup read(hid_t file) {
    const GroupHandle root(H5Gopen2(file, "/", H5P_DEFAULT));
    check(root.is_open(), "/", "a group");
    enter(root, "/");
    return read_group(root, "/", 0);
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& expected, const std::string& found) const {
    throw FormatError(file_ + ", " + place + ": expected " + expected + ", found " + found);
  }
  void check(bool done, const std::string& place, const std::string& expected) const {
    if (!done) fail(place, expected, "damaged data (" + hdf5_error() + ")");
  }

  // Each object is read once. Else a group could hold itself, or a few of them each other more often than any memory
  // can hold.
  H5O_type_t enter(hid_t object, const std::string& place) {
    H5O_info_t info;
    check(H5Oget_info(object, &info) >= 0, place, "an object");
    const auto [other, is_new] = seen_.emplace(info.addr, place);
    if (!is_new) fail(place, "an object of its own", "another link to " + other->second);
    return info.type;
  }

  ArrayGroup read_group(hid_t group, const std::string& place, int depth) {
    if (depth == max_depth) fail(place, "at most " + std::to_string(max_depth) + " groups in one another", "more");
    ArrayGroup result;
    result.attributes = read_attributes(group, place);
    for (const auto& [name, type] : links_of(group, place)) {
      const std::string inner = place + (depth == 0 ? "" : "/") + name;
      if (name.empty() || name == "." || name.find('/') != std::string::npos) {
        fail(inner, "a name that is not empty or \".\" and has no '/'", '"' + name + '"');
      }
      if (type != H5L_TYPE_HARD) {
        fail(inner, "a group or an array",
             type == H5L_TYPE_EXTERNAL ? "a link to another file"
             : type == H5L_TYPE_SOFT   ? "a soft link"
                                       : "a link of type " + std::to_string(type));
      }
      const ObjectHandle object(H5Oopen(group, name.c_str(), H5P_DEFAULT));
      check(object.is_open(), inner, "a group or an array");
      switch (enter(object, inner)) {
        case H5O_TYPE_GROUP:
          result.groups.emplace_back(name, read_group(object, inner, depth + 1));
          break;
        case H5O_TYPE_DATASET:
          result.arrays.emplace_back(name, read_array(object, inner));
          break;
        default:
          fail(inner, "a group or an array", "another object");
      }
    }
    return result;
  }

  std::vector<std::pair<std::string, H5L_type_t>> links_of(hid_t group, const std::string& place) const {
    const ListHandle made_with(H5Gget_create_plist(group));
    unsigned order = 0;
    check(made_with.is_open() && H5Pget_link_creation_order(made_with, &order) >= 0, place, "a group");
    constexpr unsigned indexed = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    std::vector<std::pair<std::string, H5L_type_t>> links;
    check(H5Literate(group, (order & indexed) == indexed ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, nullptr,
                     take_link, &links) >= 0,
          place, "a list of what is in the group");
    return links;
  }

  // ---- Arrays ----------------------------------------------------------------------------------------------

  Tensor read_array(hid_t dataset, const std::string& place) {
    const ListHandle made_with(H5Dget_create_plist(dataset));
    check(made_with.is_open(), place, "an array");
    const H5D_layout_t layout = check_layout(made_with, place);

    const TypeHandle type(H5Dget_type(dataset));
    check(type.is_open(), place, "an element type");
    const std::optional<ElementType> element = element_type(dataset, type);
    if (!element) {
      fail(place, "elements that are numbers of 1 to 8 bytes or truth values",
           std::string(class_name(type)) + " of " + std::to_string(H5Tget_size(type)) + " bytes");
    }

    const SpaceHandle space(H5Dget_space(dataset));
    const int rank = space.is_open() ? H5Sget_simple_extent_ndims(space) : -1;
    check(rank >= 0 && rank <= H5S_MAX_RANK, place, "a shape");
    if (H5Sget_simple_extent_type(space) == H5S_NULL) fail(place, "an array", "none (an empty dataspace)");
    std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
    check(rank == 0 || H5Sget_simple_extent_dims(space, lengths.data(), nullptr) == rank, place, "a shape");
    const std::vector<int64_t> shape(lengths.begin(), lengths.end());
    const uint64_t bytes = checked_bytes(element->stored, shape, file_ + ", " + place);
    check_storage(dataset, made_with, layout, bytes, place);

    return read_elements(dataset, type, *element, Shape(shape.begin(), shape.end()), bytes, place);
  }

  H5D_layout_t check_layout(hid_t made_with, const std::string& place) const {
    const H5D_layout_t layout = H5Pget_layout(made_with);
    if (layout == H5D_VIRTUAL) fail(place, "an array that is in the file", "a virtual one, of other files");
    check(layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED, place, "an array");
    if (H5Pget_external_count(made_with) != 0) fail(place, "an array that is in the file", "one in other files");
    const int filters = H5Pget_nfilters(made_with);
    check(filters >= 0, place, "a list of filters");
    for (int i = 0; i < filters; ++i) {
      unsigned flags, configuration;
      std::size_t values = 0;
      const H5Z_filter_t filter =
          H5Pget_filter2(made_with, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &configuration);
      if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
        fail(place, "the filters gzip, shuffle or fletcher32", "filter " + std::to_string(filter));
      }
    }
    return layout;
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

  // What is asked for must be in the file: no array has more bytes there than the file, nor all of them together, and
  // they suffice for its elements.
  void check_storage(hid_t dataset, hid_t made_with, H5D_layout_t layout, uint64_t bytes, const std::string& place) {
    const uint64_t found = H5Dget_storage_size(dataset);
    if (found > bytes_left_) {
      fail(place, "at most " + std::to_string(bytes_left_) + " bytes, which the file has for it",
           std::to_string(found));
    }
    bytes_left_ -= found;
    bool packed = false;
    if (layout == H5D_CHUNKED) {
      for (int i = 0; i < H5Pget_nfilters(made_with); ++i) {
        unsigned flags, configuration;
        std::size_t values = 0;
        packed |= H5Pget_filter2(made_with, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr,
                                 &configuration) == H5Z_FILTER_DEFLATE;
      }
      check_chunk(made_with, H5Tget_size(TypeHandle(H5Dget_type(dataset))), place);
    }
    if (packed ? bytes / max_ratio > found : bytes > found) {
      fail(place, std::to_string(bytes) + " bytes of elements", std::to_string(found) + (packed ? " packed ones" : ""));
    }
  }

  void check_chunk(hid_t made_with, std::size_t element_bytes, const std::string& place) const {
    std::array<hsize_t, H5S_MAX_RANK> lengths;
    const int rank = H5Pget_chunk(made_with, H5S_MAX_RANK, lengths.data());
    check(rank >= 0 && rank <= H5S_MAX_RANK, place, "chunks");
    uint64_t bytes = element_bytes;
    bool fits = true;
    for (int i = 0; i < rank; ++i)
      fits = fits && !__builtin_mul_overflow(bytes, lengths[static_cast<std::size_t>(i)], &bytes);
    if (!fits || bytes / max_ratio > file_bytes_) {
      fail(place, "chunks that the " + std::to_string(file_bytes_) + " bytes of the file can unpack to",
           fits ? std::to_string(bytes) + " bytes" : "more");
    }
  }

  Tensor read_elements(hid_t dataset, hid_t type, const ElementType& element, const Shape& shape, uint64_t bytes,
                       const std::string& place) const {
    const bool direct = is_native(element.stored, element.order) && element.stored != Stored::bool_;
    const Tensor result = direct ? empty(shape, dtype_of(element.stored)) : Tensor();
    std::vector<std::byte> raw(direct ? 0 : bytes);
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
    const uint64_t stored = H5Aget_storage_size(attribute);
    if (stored > file_bytes_) {
      fail(place, "at most " + std::to_string(file_bytes_) + " bytes, which the file has", std::to_string(stored));
    }

    if (H5Tget_class(type) == H5T_STRING) {
      std::vector<std::string> texts = read_texts(attribute, type, space, count, stored, place);
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

  std::vector<std::string> read_texts(hid_t attribute, hid_t type, hid_t space, std::size_t count, uint64_t stored,
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
    if (size == 0 || stored / size < count) fail(place, std::to_string(count) + " texts", "fewer");
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
    std::set<std::string> taken;
    for (auto& [name, value] : all.attributes) {
      if (taken.contains(name)) continue;
      const std::string base = name.substr(0, name.size() - 1);
      if (!name.ends_with('0') || base.empty() || all.find_attribute(base) != nullptr ||
          !std::holds_alternative<std::vector<std::string>>(value)) {
        attributes.emplace_back(name, value);
        continue;
      }
      std::vector<std::string> joined;
      for (std::size_t i = 0;; ++i) {
        const std::string piece = base + std::to_string(i);
        const auto* const texts = all.find_attribute_of<std::vector<std::string>>(piece);
        if (texts == nullptr) break;
        joined.insert(joined.end(), texts->begin(), texts->end());
        taken.insert(piece);
      }
      attributes.emplace_back(base, std::move(joined));
    }
    std::erase_if(attributes, [&](const auto& entry) { return taken.contains(entry.first); });
  }

  std::string file_;
  uint64_t file_bytes_, bytes_left_;
  ElementTypes types_;
  std::map<haddr_t, std::string> seen_;
};

// The library reads from the image itself: its copies are the image, and nothing is freed.
void* same_memory(std::size_t, H5FD_file_image_op_t, void* image) { return image; }
void* no_copy(void* to, const void*, std::size_t, H5FD_file_image_op_t, void*) { return to; }
void* no_more_memory(void*, std::size_t, H5FD_file_image_op_t, void*) { return nullptr; }
herr_t keep_memory(void*, H5FD_file_image_op_t, void*) { return 0; }
void* same_data(void* image) { return image; }
herr_t keep_data(void*) { return 0; }

}  // namespace

ArrayGroup read_hdf5(const std::string& path) {
  check_regular_file(path);
  const uint64_t bytes = std::filesystem::file_size(path);
  const Hdf5Session session;
  const FileHandle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file.is_open()) throw FormatError(path + ": expected an HDF5 file, found none (" + hdf5_error() + ")");
  return Reader(path, bytes).read(file);
}

ArrayGroup read_hdf5_image(std::span<const std::byte> image, const std::string& name_for_errors) {
  if (image.empty()) throw FormatError(name_for_errors + ": expected an HDF5 file, found no bytes");
  const Hdf5Session session;
  const ListHandle access(H5Pcreate(H5P_FILE_ACCESS));
  // It is opened to be read: nothing is written to.
  void* const memory = const_cast<std::byte*>(image.data());
  H5FD_file_image_callbacks_t callbacks{same_memory, no_copy,   no_more_memory, keep_memory,
                                        same_data,   keep_data, memory};
  const bool ready = H5Pset_fapl_core(access, 1, false) >= 0 && H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
                     H5Pset_file_image(access, memory, image.size()) >= 0;
  const FileHandle file(ready ? H5Fopen("xtape", H5F_ACC_RDONLY, access) : H5I_INVALID_HID);
  if (!file.is_open()) {
    throw FormatError(name_for_errors + ": expected an HDF5 file, found none (" + hdf5_error() + ")");
  }
  return Reader(name_for_errors, image.size()).read(file);
}

}  // namespace xtape::io
