#include <xtape/io/pt.hpp>
#include <xtape/ops/creation.hpp>

#include "address_space_limit.hpp"
#include "catch.hpp"
#include "io/format_error.hpp"
#include "io/zip_bytes.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

using namespace xtape;
using namespace std::string_literals;

#ifdef XTAPE_HAVE_LIBZIP
namespace {

// Opcodes of pickles.
std::string text(const std::string& content) { return "X" + little_endian(content.size(), 4) + content; }
std::string number(int value) { return "J" + little_endian(static_cast<uint32_t>(value), 4); }
std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const std::string& item : items) all += item;
  return all + "t";
}
std::string numbers(const std::vector<int>& values) {
  std::vector<std::string> items;
  for (const int value : values) items.push_back(number(value));
  return tuple(items);
}
std::string storage(const std::string& kind, int count) {
  return tuple({text("storage"), global("torch", kind), text("0"), text("cpu"), number(count)}) + "Q";
}
std::string tensor_of(const std::string& storage, int offset, const std::vector<int>& lengths,
                      const std::vector<int>& strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({storage, number(offset), numbers(lengths), numbers(strides), "\x89", "}"}) + "R";
}

// A file with this pickle and one storage, of the floats 0 to 5.
std::string torch_file(const std::string& pickle) {
  std::string data;
  for (const char* element :
       {"\0\0\0\0", "\0\0\x80\x3f", "\0\0\0\x40", "\0\0\x40\x40", "\0\0\x80\x40", "\0\0\xa0\x40"}) {
    data.append(element, 4);
  }
  return zip_bytes({stored_entry("a/data.pkl", "\x80\x02" + pickle + "."), stored_entry("a/data/0", data)});
}

io::NamedTensors load(const std::string& content) {
  const TemporaryFolder folder;
  return io::load_pt(folder.write("file", content));
}
std::string error_of(const std::string& pickle) {
  const TemporaryFolder folder;
  return format_error(io::load_pt, folder.write("file", torch_file(pickle)));
}

}  // namespace

TEST_CASE("load_pt reads what PyTorch saved") {
  const io::NamedTensors read = io::load_pt(source_folder() + "/golden/data/files/torch_1_13/all.pt");
  const auto check = [&](const std::string& name, DType dtype, const Shape& shape, const std::vector<double>& values) {
    CAPTURE(name);
    const Tensor& tensor = read.at(name);
    CHECK(tensor.dtype() == dtype);
    CHECK(tensor.shape() == shape);
    CHECK(tensor.to_vector<double>() == values);
  };
  check("model.0.weight", float32, {2, 3}, {0, 1, 2, 3, 4, 5});
  check("model.0.bias", float32, {2}, {0, 1});
  check("model.1.running_var", float32, {2}, {1, 1});
  check("model.1.num_batches_tracked", int64, {}, {0});
  check("plain", float32, {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  check("transposed", float32, {4, 3}, {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  check("row", float32, {4}, {4, 5, 6, 7});
  check("column", float32, {3}, {1, 5, 9});
  check("strided", float32, {2, 2}, {0, 2, 8, 10});
  check("half", float32, {3}, {1, -0.5, 65504});
  check("bfloat16", float32, {2}, {1, -3});
  check("double", float64, {}, {2.5});
  for (const char* name : {"ints.0", "ints.1", "ints.2"}) check(name, int32, {2}, {1, -2});
  check("ints.3", int64, {2}, {1, -2});
  check("bytes", uint8, {2}, {0, 255});
  check("bool", bool_, {2}, {1, 0});
  check("empty", float32, {0, 3}, {});
  check("parameter", float32, {1}, {7});
  CHECK(read.size() == 7 + 5 + 2 + 1 + 4 + 2 + 1 + 1);
  // The first of a file comes first, and tensors over one storage share it.
  CHECK(read[0].first == "model.0.weight");
  read.at("row").fill(-1);
  CHECK(read.at("plain").to_vector<int>() == std::vector<int>{0, 1, 2, 3, -1, -1, -1, -1, 8, 9, 10, 11});
}

TEST_CASE("load_pt reads a tensor by itself, and the order of bytes") {
  CHECK(load(torch_file(tensor_of(storage("FloatStorage", 6), 1, {2}, {1}))).at("").to_vector<int>() ==
        std::vector<int>{1, 2});
  const std::string pickle = "\x80\x02" + tensor_of(storage("IntStorage", 1), 0, {1}, {1}) + ".";
  const auto file = [&](const std::string& order) {
    return zip_bytes({stored_entry("a/data.pkl", pickle), stored_entry("a/byteorder", order),
                      stored_entry("a/data/0", "\0\0\1\2"s)});
  };
  CHECK(load(file("big"))[0].second.item() == 258);
  CHECK(load(file("little"))[0].second.item() == 33619968);
  CHECK_THROWS_WITH(load(file("middle")), Contains("expected little or big, found middle"));
}

TEST_CASE("load_pt refuses code by its name") {
  const std::string place = "load_pt: file, entry a/data.pkl, offset ";
  const std::string expected = ": expected tensors, dicts, lists, numbers and texts, found ";
  CHECK(error_of(global("posix", "system") + tuple({text("true")}) + "R") ==
        place + "2" + expected + "the global posix.system");
  CHECK(error_of(text("builtins") + text("eval") + "\x93") == place + "24" + expected + "the global builtins.eval");
  CHECK(error_of(global("torch.nn.modules.linear", "Linear")) ==
        place + "2" + expected + "the global torch.nn.modules.linear.Linear (of a model save its state_dict() alone)");
  CHECK(error_of(global("collections", "OrderedDict") + ")\x81") == place + "28" + expected + "opcode NEWOBJ");
  CHECK(error_of("(i") == place + "3" + expected + "opcode INST");
  CHECK(error_of("\xff") == place + "2" + expected + "opcode 255");
  CHECK(error_of(global("collections", "OrderedDict") + tuple({"]"}) + "R") ==
        place + "30: expected an OrderedDict that is made empty, found one with arguments");
}

TEST_CASE("load_pt refuses damaged pickles") {
  CHECK_THAT(error_of("R"), Contains("expected a value before, found none"));
  CHECK_THAT(error_of("t"), Contains("expected a mark before, found none"));
  CHECK_THAT(error_of("h\7"), Contains("expected a value that was noted before, found none"));
  CHECK_THAT(error_of("X\xff\xff\xff\xff"), Contains("expected 4294967295 more bytes, found "));
  CHECK_THAT(error_of("]Na"), Contains("no error"));
  CHECK_THAT(error_of(")Na"), Contains("expected a list, found a tuple"));
  CHECK_THAT(error_of("}(Nu"), Contains("expected a value for each key"));
  CHECK_THAT(error_of("\x8a\x09" + std::string(7, '\1')), Contains("expected 9 more bytes, found 8"));
  CHECK_THAT(error_of("\x80\x09"), Contains("expected a pickle of protocol 2 to 5, found protocol 9"));
  CHECK_THAT(error_of("}NNs"), Contains("the whole: expected keys that are texts or integers"));
  CHECK_THAT(error_of("]q\1h\1a"), Contains("expected at most 100 values in one another, found more"));
  // Lists that hold the one before twice: 2^60 values.
  std::string doubling = "]q\1";
  for (int i = 0; i < 60; ++i) doubling += "](h\1h\1eq\1";
  CHECK_THAT(error_of(doubling), Contains("expected at most 1048576 values"));
}

TEST_CASE("load_pt refuses pickles of a byte a value before they take memory") {
  constexpr std::size_t many = (std::size_t{1} << 22) + 1;
  std::string again;
  for (std::size_t i = 0; i < many; ++i) again += "h\1";
  const AddressSpaceLimit limit(std::size_t{512} << 20);
  CHECK_THAT(error_of("}" + std::string(many, '\x94')), Contains("expected at most 4194304 values that are noted"));
  CHECK_THAT(error_of(std::string(many, '(')), Contains("expected at most 4194304 values that wait, found more"));
  CHECK_THAT(error_of("}q\1" + again), Contains("expected at most 4194304 values that wait, found more"));
  // A list of a million items, of which each set is a copy.
  std::string sets = global("builtins", "set") + "q\1](" + std::string(1 << 20, 'N') + "e\x85q\2";
  for (int i = 0; i < 100; ++i) sets += "h\1h\2R";
  CHECK_THAT(error_of(sets), Contains("expected at most 4194304 items in all, found more"));
  RawEntry large = deflated_entry("a/data.pkl", std::string(100000, 'N'));
  large.size = (64 << 20) + 1;
  large.packed.resize(1 << 17);  // which could be as much
  CHECK_THROWS_WITH(load(zip_bytes({large})), Contains("a/data.pkl: expected at most 67108864 bytes, found 67108865"));
}

TEST_CASE("load_pt leaves out sets and integers that int64 does not hold") {
  const std::string tensor = tensor_of(storage("FloatStorage", 6), 1, {2}, {1});
  const auto names = [&](const std::string& other) {
    std::vector<std::string> all;
    for (const auto& [name, value] : load(torch_file("}(" + text("w") + tensor + text("other") + other + "u"))) {
      all.push_back(name);
    }
    return all;
  };
  const std::vector<std::string> alone{"w"};
  CHECK(names("\x8a\x09" + std::string(9, '\1')) == alone);
  CHECK(names("\x8b" + little_endian(300, 4) + std::string(300, '\1')) == alone);
  CHECK(names("\x8b" + little_endian(1, 4) + "\1") == alone);
  CHECK(names("\x8f(" + number(1) + number(2) + "\x90") == alone);
  CHECK(names("(" + number(1) + text("a") + "\x91") == alone);
  // As protocol 2 has them.
  for (const char* name : {"set", "frozenset"}) {
    CHECK(names(global("__builtin__", name) + tuple({"](" + number(1) + "N\x88" + "e"}) + "R") == alone);
    CHECK(names(global("builtins", name) + ")R") == alone);
  }

  CHECK_THAT(error_of(global("builtins", "set") + tuple({number(1)}) + "R"),
             Contains("expected a set of the items of a list, found another one"));
  CHECK_THAT(error_of("\x8f(" + tensor + "\x90"), Contains("the whole: expected a set of numbers and texts"));
  CHECK_THAT(error_of("](" + number(1) + "\x90"), Contains("expected a set, found another value"));
  CHECK_THAT(error_of("\x8b\xff\xff\xff\xff"), Contains("expected 4294967295 more bytes"));
  CHECK_THAT(error_of("}\x8a\x09" + std::string(9, '\1') + "Ns"), Contains("expected keys that are texts or integers"));
  // A large set in a list a million times.
  std::string many = "\x8f(";
  for (int i = 0; i < 1000; ++i) many += "N";
  many += "\x90q\1](";
  for (int i = 0; i < 2000; ++i) many += "h\1";
  CHECK_THAT(error_of(many + "e"), Contains("expected at most 1048576 values"));
}

TEST_CASE("load_pt reads expanded tensors, up to a limit") {
  const auto read = [](const std::vector<int>& lengths, const std::vector<int>& strides) {
    return load(torch_file(tensor_of(storage("FloatStorage", 6), 1, lengths, strides))).at("").to_vector<int>();
  };
  CHECK(read({3, 2}, {0, 1}) == std::vector<int>{1, 2, 1, 2, 1, 2});
  CHECK(read({2, 3}, {1, 0}) == std::vector<int>{1, 1, 1, 2, 2, 2});
  CHECK(read({1000}, {0}) == std::vector<int>(1000, 1));
  CHECK_THAT(error_of(tensor_of(storage("FloatStorage", 6), 0, {2147483647}, {0})),
             Contains("expected copies of at most 16 times the elements that are stored, found more"));
  CHECK_THAT(error_of(tensor_of(storage("FloatStorage", 6), 5, {2, 2}, {0, 1})),
             Contains("a tensor in the 6 elements of its storage"));
}

TEST_CASE("load_pt keeps tensors within their storage") {
  const auto error = [](int offset, const std::vector<int>& lengths, const std::vector<int>& strides) {
    return error_of(tensor_of(storage("FloatStorage", 6), offset, lengths, strides));
  };
  const std::string place = "load_pt: file, the whole: expected ";
  CHECK(error(0, {2, 3}, {3, 1}) == "no error");
  CHECK(error(1, {2, 3}, {3, 1}) ==
        place + "a tensor in the 6 elements of its storage, found shape [2, 3], strides [3, 1], offset 1");
  CHECK_THAT(error(6, {1}, {1}), Contains("a tensor in the 6 elements of its storage"));
  CHECK_THAT(error(0, {2}, {2147483647}), Contains("a tensor in the 6 elements of its storage"));
  CHECK_THAT(error(0, {7, 1}, {1, 0}), Contains("a tensor in the 6 elements of its storage"));
  CHECK_THAT(error(0, {2147483647, 2147483647}, {0, 0}), Contains("expected below 2^59 elements"));
  CHECK(error(-1, {1}, {1}) == place + "an offset of at least 0, found another one");
  CHECK(error(0, {1}, {}) == place + "a stride for each dimension, found others");
  CHECK(error(0, {-1}, {1}) == place + "a tuple of integers of at least 0, found another value");
  CHECK(error(0, {1}, {-1}) == place + "a tuple of integers of at least 0, found another value");
  CHECK(error_of(tensor_of(storage("FloatStorage", 7), 0, {1}, {1})) == place + "28 bytes in entry a/data/0, found 24");
  CHECK_THAT(error_of(tensor_of(storage("ComplexFloatStorage", 1), 0, {1}, {1})),
             Contains("the global torch.ComplexFloatStorage"));
  CHECK(error_of("(" + tensor_of(storage("FloatStorage", 6), 0, {1}, {1}) +
                 tensor_of(storage("IntStorage", 6), 0, {1}, {1}) + "t") ==
        "load_pt: file, 1: expected one class for all tensors over entry a/data/0, found torch.IntStorage");
}

TEST_CASE("load_pt says what other files are") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& content) {
    return format_error(io::load_pt, folder.write("file", content));
  };
  CHECK_THAT(error("\x80\x02\x8a\x0a"), Contains("found a bare pickle, as PyTorch before 1.6 wrote"));
  CHECK_THAT(error("nothing"), Contains("load_pt: file: expected a zip archive"));
  CHECK(error(zip_bytes({stored_entry("x", "")})) ==
        "load_pt: file: expected an entry data.pkl, as torch.save writes, found none");
}
#else
TEST_CASE("load_pt needs libzip") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(io::load_pt(folder.write("a.pt", "PK")), Contains("XTAPE_WITH_LIBZIP=ON"));
}
#endif
