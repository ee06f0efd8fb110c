#include <algorithm>
#include <bit>
#include <set>
#include <xtape/error.hpp>

#include "io/hdf5.hpp"
#include "io/hdf5/handle.hpp"
#include "io/hdf5/sparse_file.hpp"

namespace xtape::io {
namespace {

// What Keras lets an attribute have; with its header HDF5 stores up to 64 KiB.
constexpr std::size_t max_attribute_bytes = 64512;

void check(bool done, const std::string& place) {
  if (!done) throw IOError("cannot write HDF5, " + place + ": " + hdf5_error());
}

void check_name(const std::string& name, std::set<std::string>& known, const std::string& place) {
  if (name.empty() || name == "." || name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
    throw ValueError("cannot write HDF5, " + place + ": a name is not empty or \".\" and has no '/', given \"" + name +
                     '"');
  }
  if (place.size() + name.size() > max_hdf5_path) {
    throw ValueError("cannot write HDF5: a path of more than " + std::to_string(max_hdf5_path) +
                     " bytes would not be read again: " + (place + name).substr(0, 200) + "...");
  }
  if (!known.insert(name).second) throw ValueError("cannot write HDF5, " + place + ": two are named " + name);
}

// Of the elements in memory too, which are what is written.
static_assert(std::endian::native == std::endian::little);
hid_t copy_of_type(DType dtype) {
  switch (dtype) {
    case DType::bool_:
      return make_bool_type();
    case DType::uint8:
      return H5Tcopy(H5T_STD_U8LE);
    case DType::int32:
      return H5Tcopy(H5T_STD_I32LE);
    case DType::int64:
      return H5Tcopy(H5T_STD_I64LE);
    case DType::float32:
      return H5Tcopy(H5T_IEEE_F32LE);
    case DType::float64:
      break;
  }
  return H5Tcopy(H5T_IEEE_F64LE);
}

// Elements of an array, and where they stand in the file.
struct Placed {
  haddr_t address;
  Tensor array;
};

// Writes all but the elements of arrays, for which it has the library take space.
//
// Names are written without a character set, which would make groups of a newer kind; all are read as UTF-8.
class Writer {
 public:
  Writer() : text_type_(H5Tcopy(H5T_C_S1)), array_list_(H5Pcreate(H5P_DATASET_CREATE)) {
    H5Tset_size(text_type_, H5T_VARIABLE);
    H5Tset_cset(text_type_, H5T_CSET_UTF8);
    // The same content is the same file, whenever it is written.
    H5Pset_obj_track_times(array_list_, false);
    H5Pset_fill_time(array_list_, H5D_FILL_TIME_NEVER);
    H5Pset_alloc_time(array_list_, H5D_ALLOC_TIME_EARLY);
  }

  void write(const ArrayGroup& group, hid_t to, const std::string& place, int depth = 1) {
    if (depth > max_hdf5_depth) {
      throw ValueError("cannot write HDF5: more than " + std::to_string(max_hdf5_depth) +
                       " groups in one another, as of models in one another, would not be read again; weights alone "
                       "can be written to .safetensors and .npz");
    }
    std::set<std::string> names;
    std::set<std::string> attribute_names;
    for (const auto& [name, value] : group.attributes) {
      check_name(name, attribute_names, place);
      write_attribute(name, value, to, place + "@" + name);
    }
    for (const auto& [name, array] : group.arrays) {
      check_name(name, names, place);
      write_array(name, array.contiguous(), to, place + name);
    }
    for (const auto& [name, inner] : group.groups) {
      check_name(name, names, place);
      const GroupHandle made(H5Gcreate2(to, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
      check(made.is_open(), place + name);
      write(inner, made, place + name + "/", depth + 1);
    }
  }

  // In the order of their addresses.
  std::vector<Placed> arrays() {
    std::sort(arrays_.begin(), arrays_.end(), [](const Placed& a, const Placed& b) { return a.address < b.address; });
    return std::move(arrays_);
  }

 private:
  void write_array(const std::string& name, const Tensor& array, hid_t to, const std::string& place) {
    const std::vector<hsize_t> lengths(array.shape().begin(), array.shape().end());
    const SpaceHandle space(lengths.empty() ? H5Screate(H5S_SCALAR)
                                            : H5Screate_simple(array.rank(), lengths.data(), nullptr));
    const TypeHandle type(copy_of_type(array.dtype()));
    const DatasetHandle made(H5Dcreate2(to, name.c_str(), type, space, H5P_DEFAULT, array_list_, H5P_DEFAULT));
    check(made.is_open(), place);
    if (array.numel() == 0) return;
    const haddr_t address = H5Dget_offset(made);
    check(address != HADDR_UNDEF, place);
    arrays_.push_back({address, array});
  }

  void write_attribute(const std::string& name, const Attribute& value, hid_t to, const std::string& place) const {
    if (const auto* text = std::get_if<std::string>(&value)) {
      write_texts(name, {text, 1}, SpaceHandle(H5Screate(H5S_SCALAR)), to, place);
    } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
      write_list(name, *list, to, place);
    } else if (const auto* integer = std::get_if<int64_t>(&value)) {
      write_values(name, H5T_STD_I64LE, H5T_NATIVE_INT64, integer, SpaceHandle(H5Screate(H5S_SCALAR)), to, place);
    } else {
      write_values(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, std::get_if<double>(&value),
                   SpaceHandle(H5Screate(H5S_SCALAR)), to, place);
    }
  }

  // Lists that are too long are split into name0, name1, ..., as Keras splits them: by the length that they had if all
  // texts were as long as the longest.
  void write_list(const std::string& name, const std::vector<std::string>& list, hid_t to,
                  const std::string& place) const {
    if (list.empty()) {
      // What h5py makes of an empty list.
      const hsize_t none = 0;
      return write_values(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, nullptr,
                          SpaceHandle(H5Screate_simple(1, &none, nullptr)), to, place);
    }
    std::size_t longest = 2 * sizeof(double);  // a reference to a text takes as much
    for (const std::string& text : list) longest = std::max(longest, text.size());
    if (longest > max_attribute_bytes) {
      throw ValueError("cannot write HDF5, " + place + ": a text of a list has at most " +
                       std::to_string(max_attribute_bytes) + " bytes, given " + std::to_string(longest));
    }
    const std::size_t pieces = (list.size() * longest + max_attribute_bytes - 1) / max_attribute_bytes;
    const std::size_t most =
        std::max<std::size_t>(1, std::min((list.size() + pieces - 1) / pieces, max_attribute_bytes / longest));
    for (std::size_t first = 0, number = 0; first < list.size(); first += most, ++number) {
      const std::span texts = std::span(list).subspan(first, std::min(most, list.size() - first));
      const hsize_t count = texts.size();
      write_texts(pieces == 1 ? name : name + std::to_string(number), texts,
                  SpaceHandle(H5Screate_simple(1, &count, nullptr)), to, place);
    }
  }

  void write_texts(const std::string& name, std::span<const std::string> texts, const SpaceHandle& space, hid_t to,
                   const std::string& place) const {
    std::vector<const char*> addresses;
    for (const std::string& text : texts) {
      if (text.find('\0') != std::string::npos) {
        throw ValueError("cannot write HDF5, " + place + ": a text has no zero byte, given one");
      }
      addresses.push_back(text.c_str());
    }
    write_values(name, text_type_, text_type_, addresses.data(), space, to, place);
  }

  void write_values(const std::string& name, hid_t file_type, hid_t memory_type, const void* values,
                    const SpaceHandle& space, hid_t to, const std::string& place) const {
    const AttributeHandle made(H5Acreate2(to, name.c_str(), file_type, space, H5P_DEFAULT, H5P_DEFAULT));
    check(made.is_open(), place);
    if (values != nullptr) check(H5Awrite(made, memory_type, values) >= 0, place);
  }

  TypeHandle text_type_;
  ListHandle array_list_;
  std::vector<Placed> arrays_;
};

// The bytes from begin to end, but for those of arrays.
std::vector<std::byte> structures(const SparseFile& file, uint64_t begin, uint64_t end) {
  std::vector<std::byte> bytes(end - begin);
  file.read(begin, bytes);
  return bytes;
}

}  // namespace

Content hdf5_content(const ArrayGroup& group) {
  const Hdf5Session session;
  SparseFile memory;
  Writer writer;
  FileHandle file(memory.create());
  check(file.is_open(), "/");
  writer.write(group, file, "/");
  check(H5Fclose(file.release()) >= 0, "/");

  Content content;
  uint64_t position = 0;
  for (const auto& [address, array] : writer.arrays()) {
    content.append(structures(memory, position, address));
    content.append(array);
    position = content.bytes();
  }
  content.append(structures(memory, position, memory.size()));
  return content;
}

}  // namespace xtape::io
