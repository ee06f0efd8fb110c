#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "io/cursor.hpp"

namespace xtape::io {

// What a pickle describes. Values refer to one another: a value may be in several lists, or within itself.
struct PickleValue {
  struct List {
    std::vector<const PickleValue*> items;
    bool is_tuple = false;
  };
  struct Dict {
    std::vector<std::pair<const PickleValue*, const PickleValue*>> items;
  };
  struct Set {
    std::vector<const PickleValue*> items;
  };
  // An integer that int64 does not hold.
  struct BigInteger {};
  // A function or class of Python: a name, and nothing else.
  struct Global {
    std::string name;  // "module.name"
  };
  // One that was to be called. It is not.
  struct Call {
    std::string name;
    const PickleValue* arguments;  // a tuple
  };
  // What lies outside of the pickle.
  struct Persistent {
    const PickleValue* id;
  };

  // None is the first.
  std::variant<std::monostate, bool, int64_t, BigInteger, double, std::string, List, Set, Dict, Global, Call,
               Persistent>
      value;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

// Reads the part of Python's pickles that plain data needs: None, truth values, numbers, texts, lists, tuples, sets,
// dicts, collections.OrderedDict, and the globals that it was told, which it does not call. Any other opcode or global
// is refused by its name. No opcode makes more than one value, and there is an end to them.
class Pickle {
 public:
  // @throws FormatError, naming `place` and the offset.
  Pickle(std::span<const std::byte> bytes, std::string place, std::set<std::string> globals);
  Pickle(const Pickle&) = delete;

  const PickleValue& root() const { return *root_; }

 private:
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const;
  // One opcode; false at the end.
  bool step();
  bool push_constant(unsigned char opcode);
  bool use_memo(unsigned char opcode);
  bool build(unsigned char opcode);

  // The cursor, whose next `count` bytes are there.
  Cursor& at(std::size_t count);
  std::span<const std::byte> take(std::size_t count);
  uint64_t take_number(std::size_t bytes);
  std::string take_text(std::size_t length_bytes);
  std::string take_line();
  // Of so many bytes.
  PickleValue take_long(uint64_t bytes);

  void push(PickleValue value);
  // One that is there, or a mark.
  void push_known(PickleValue* value);
  // Before so many references are kept in a list, set or dict.
  void count_items(std::size_t more);
  PickleValue* pop();
  std::vector<PickleValue*> pop_to_mark();
  template <class T>
  T& top_as(const char* expected);
  void set_items(const std::vector<PickleValue*>& items);
  void push_global(const std::string& module, const std::string& name);
  void reduce();

  std::string place_;
  std::set<std::string> globals_;
  Cursor cursor_;
  uint64_t opcode_offset_ = 0;
  std::deque<PickleValue> values_;
  std::vector<PickleValue*> stack_;  // null for a mark
  std::unordered_map<uint64_t, PickleValue*> memo_;
  std::size_t items_ = 0;
  const PickleValue* root_ = nullptr;
};

}  // namespace xtape::io
