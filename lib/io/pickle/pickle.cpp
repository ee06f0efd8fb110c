#include "io/pickle/pickle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <type_traits>
#include <xtape/error.hpp>

namespace xtape::io {
namespace {

// Far more than a model has, far less than memory: of values, of what is noted, of what waits to be put together and of
// references to values, each of which takes a byte or two of a file, and as good as none where it is packed.
constexpr std::size_t max_values = std::size_t{1} << 22;

constexpr std::string_view ordered_dict = "collections.OrderedDict";
// By the names of Python 2, which protocol 2 has, and of Python 3.
constexpr std::array<std::string_view, 4> sets{"__builtin__.set", "builtins.set", "__builtin__.frozenset",
                                               "builtins.frozenset"};

// The names of opcodes in Python's pickletools.
enum Opcode : unsigned char {
  PROTO = 0x80,
  FRAME = 0x95,
  STOP = '.',
  MARK = '(',
  NONE = 'N',
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  BININT = 'J',
  BININT1 = 'K',
  BININT2 = 'M',
  LONG1 = 0x8a,
  LONG4 = 0x8b,
  BINFLOAT = 'G',
  SHORT_BINUNICODE = 0x8c,
  BINUNICODE = 'X',
  BINUNICODE8 = 0x8d,
  SHORT_BINSTRING = 'U',
  BINSTRING = 'T',
  EMPTY_LIST = ']',
  EMPTY_DICT = '}',
  EMPTY_TUPLE = ')',
  EMPTY_SET = 0x8f,
  ADDITEMS = 0x90,
  FROZENSET = 0x91,
  TUPLE = 't',
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  APPEND = 'a',
  APPENDS = 'e',
  SETITEM = 's',
  SETITEMS = 'u',
  BINPUT = 'q',
  LONG_BINPUT = 'r',
  MEMOIZE = 0x94,
  BINGET = 'h',
  LONG_BINGET = 'j',
  GLOBAL = 'c',
  STACK_GLOBAL = 0x93,
  REDUCE = 'R',
  BUILD = 'b',
  BINPERSID = 'Q'
};

constexpr std::array<std::pair<unsigned char, std::string_view>, 26> refused{
    {{'i', "INST"},         {'o', "OBJ"},
     {0x81, "NEWOBJ"},      {0x92, "NEWOBJ_EX"},
     {0x82, "EXT1"},        {0x83, "EXT2"},
     {0x84, "EXT4"},        {'P', "PERSID"},
     {'B', "BINBYTES"},     {'C', "SHORT_BINBYTES"},
     {0x8e, "BINBYTES8"},   {0x96, "BYTEARRAY8"},
     {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
     {'0', "POP"},          {'1', "POP_MARK"},
     {'2', "DUP"},          {'I', "INT"},
     {'L', "LONG"},         {'F', "FLOAT"},
     {'S', "STRING"},       {'V', "UNICODE"},
     {'d', "DICT"},         {'l', "LIST"},
     {'p', "PUT"},          {'g', "GET"}}};

std::string name_of(unsigned char opcode) {
  const auto known =
      std::find_if(refused.begin(), refused.end(), [&](const auto& entry) { return entry.first == opcode; });
  return "opcode " + (known == refused.end() ? std::to_string(opcode) : std::string(known->second));
}

}  // namespace

Pickle::Pickle(std::span<const std::byte> bytes, std::string place, std::set<std::string> globals)
    : place_(std::move(place)), globals_(std::move(globals)), cursor_(bytes, 0, place_) {
  globals_.insert(std::string(ordered_dict));
  for (const std::string_view set : sets) globals_.emplace(set);
  while (step()) {
  }
}

void Pickle::fail(const std::string& expected, const std::string& found) const {
  throw FormatError(place_ + ", offset " + std::to_string(opcode_offset_) + ": expected " + expected + ", found " +
                    found);
}

bool Pickle::step() {
  opcode_offset_ = cursor_.offset();
  const auto opcode = static_cast<unsigned char>(take_number(1));
  switch (opcode) {
    case STOP:
      root_ = pop();
      return false;
    case PROTO: {
      const uint64_t version = take_number(1);
      if (version < 2 || version > 5) fail("a pickle of protocol 2 to 5", "protocol " + std::to_string(version));
      return true;
    }
    case FRAME:
      take_number(8);
      return true;
    case MARK:
      push_known(nullptr);
      return true;
    default:
      if (!push_constant(opcode) && !use_memo(opcode) && !build(opcode)) {
        fail("tensors, dicts, lists, numbers and texts", name_of(opcode));
      }
      return true;
  }
}

bool Pickle::push_constant(unsigned char opcode) {
  switch (opcode) {
    case NONE:
      push({});
      return true;
    case NEWTRUE:
    case NEWFALSE:
      push({opcode == NEWTRUE});
      return true;
    case BININT:
      push({int64_t{static_cast<int32_t>(take_number(4))}});
      return true;
    case BININT1:
      push({static_cast<int64_t>(take_number(1))});
      return true;
    case BININT2:
      push({static_cast<int64_t>(take_number(2))});
      return true;
    case LONG1:
    case LONG4:
      push(take_long(take_number(opcode == LONG1 ? 1 : 4)));
      return true;
    case BINFLOAT: {
      const std::span<const std::byte> big_endian = take(8);
      uint64_t bits = 0;
      for (const std::byte byte : big_endian) bits = bits << 8 | std::to_integer<uint64_t>(byte);
      push({std::bit_cast<double>(bits)});
      return true;
    }
    case SHORT_BINUNICODE:
    case SHORT_BINSTRING:
      push({take_text(1)});
      return true;
    case BINUNICODE:
    case BINSTRING:
      push({take_text(4)});
      return true;
    case BINUNICODE8:
      push({take_text(8)});
      return true;
    default:
      return false;
  }
}

bool Pickle::use_memo(unsigned char opcode) {
  switch (opcode) {
    case BINPUT:
    case LONG_BINPUT:
    case MEMOIZE: {
      const uint64_t place = opcode == MEMOIZE ? memo_.size() : take_number(opcode == BINPUT ? 1 : 4);
      PickleValue* const value = pop();
      push_known(value);
      // Each value is noted once, if at all.
      if (memo_.size() == max_values) fail("at most " + std::to_string(max_values) + " values that are noted", "more");
      memo_[place] = value;
      return true;
    }
    case BINGET:
    case LONG_BINGET: {
      const auto known = memo_.find(take_number(opcode == BINGET ? 1 : 4));
      if (known == memo_.end()) fail("a value that was noted before", "none");
      push_known(known->second);
      return true;
    }
    default:
      return false;
  }
}

bool Pickle::build(unsigned char opcode) {
  switch (opcode) {
    case EMPTY_LIST:
      push({PickleValue::List{}});
      return true;
    case EMPTY_DICT:
      push({PickleValue::Dict{}});
      return true;
    case EMPTY_TUPLE:
      push({PickleValue::List{{}, true}});
      return true;
    case EMPTY_SET:
      push({PickleValue::Set{}});
      return true;
    case ADDITEMS: {
      const std::vector<PickleValue*> items = pop_to_mark();
      auto& set = top_as<PickleValue::Set>("a set").items;
      count_items(items.size());
      set.insert(set.end(), items.begin(), items.end());
      return true;
    }
    case FROZENSET: {
      const std::vector<PickleValue*> items = pop_to_mark();
      count_items(items.size());
      push({PickleValue::Set{{items.begin(), items.end()}}});
      return true;
    }
    case TUPLE: {
      const std::vector<PickleValue*> items = pop_to_mark();
      count_items(items.size());
      push({PickleValue::List{{items.begin(), items.end()}, true}});
      return true;
    }
    case TUPLE1:
    case TUPLE2:
    case TUPLE3: {
      std::vector<const PickleValue*> items(static_cast<std::size_t>(opcode - TUPLE1) + 1);
      count_items(items.size());
      for (auto item = items.rbegin(); item != items.rend(); ++item) *item = pop();
      push({PickleValue::List{std::move(items), true}});
      return true;
    }
    case APPEND: {
      PickleValue* const item = pop();
      count_items(1);
      top_as<PickleValue::List>("a list").items.push_back(item);
      return true;
    }
    case APPENDS: {
      const std::vector<PickleValue*> items = pop_to_mark();
      auto& list = top_as<PickleValue::List>("a list").items;
      count_items(items.size());
      list.insert(list.end(), items.begin(), items.end());
      return true;
    }
    case SETITEM: {
      PickleValue* const value = pop();
      PickleValue* const key = pop();
      set_items({key, value});
      return true;
    }
    case SETITEMS:
      set_items(pop_to_mark());
      return true;
    case GLOBAL: {
      const std::string module = take_line();
      push_global(module, take_line());
      return true;
    }
    case STACK_GLOBAL: {
      const auto* const name = pop()->as<std::string>();
      const auto* const module = pop()->as<std::string>();
      if (name == nullptr || module == nullptr) fail("the name of a global", "no text");
      push_global(*module, *name);
      return true;
    }
    case REDUCE:
      reduce();
      return true;
    case BUILD:
      // Attributes of an OrderedDict (`_metadata` of a state_dict), of which none are kept.
      pop();
      top_as<PickleValue::Dict>("a dict, whose attributes are set");
      return true;
    case BINPERSID:
      push({PickleValue::Persistent{pop()}});
      return true;
    default:
      return false;
  }
}

// Errors name where the opcode stands.
Cursor& Pickle::at(std::size_t count) {
  if (count > cursor_.left()) fail(std::to_string(count) + " more bytes", std::to_string(cursor_.left()));
  return cursor_;
}

std::span<const std::byte> Pickle::take(std::size_t count) { return at(count).take(count); }
uint64_t Pickle::take_number(std::size_t bytes) { return at(bytes).number(bytes); }

std::string Pickle::take_text(std::size_t length_bytes) {
  const std::span<const std::byte> text = take(take_number(length_bytes));
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

std::string Pickle::take_line() {
  std::string line;
  for (auto letter = static_cast<char>(take_number(1)); letter != '\n'; letter = static_cast<char>(take_number(1))) {
    line += letter;
  }
  return line;
}

PickleValue Pickle::take_long(uint64_t bytes) {
  if (bytes > sizeof(int64_t)) {
    take(bytes);
    return {PickleValue::BigInteger{}};
  }
  if (bytes == 0) return {int64_t{0}};
  const uint64_t number = take_number(bytes);
  // The highest bit of the last byte is the sign.
  const auto unused = static_cast<int>(64 - 8 * bytes);
  return {static_cast<int64_t>(number << unused) >> unused};
}

void Pickle::push(PickleValue value) {
  if (values_.size() == max_values) fail("at most " + std::to_string(max_values) + " values", "more");
  push_known(&values_.emplace_back(std::move(value)));
}

void Pickle::push_known(PickleValue* value) {
  if (stack_.size() == max_values) fail("at most " + std::to_string(max_values) + " values that wait", "more");
  stack_.push_back(value);
}

void Pickle::count_items(std::size_t more) {
  if (more > max_values - items_) fail("at most " + std::to_string(max_values) + " items in all", "more");
  items_ += more;
}

PickleValue* Pickle::pop() {
  if (stack_.empty() || stack_.back() == nullptr) fail("a value before", "none");
  PickleValue* const value = stack_.back();
  stack_.pop_back();
  return value;
}

std::vector<PickleValue*> Pickle::pop_to_mark() {
  const auto mark = std::find(stack_.rbegin(), stack_.rend(), nullptr);
  if (mark == stack_.rend()) fail("a mark before", "none");
  std::vector<PickleValue*> values(mark.base(), stack_.end());
  stack_.erase(mark.base() - 1, stack_.end());
  return values;
}

template <class T>
T& Pickle::top_as(const char* expected) {
  PickleValue* const value = pop();
  push_known(value);
  T* const wanted = std::get_if<T>(&value->value);
  if (wanted == nullptr) fail(expected, "another value");
  if constexpr (std::is_same_v<T, PickleValue::List>) {
    if (wanted->is_tuple) fail(expected, "a tuple");
  }
  return *wanted;
}

void Pickle::set_items(const std::vector<PickleValue*>& items) {
  auto& dict = top_as<PickleValue::Dict>("a dict").items;
  if (items.size() % 2 != 0) fail("a value for each key", std::to_string(items.size()) + " keys and values");
  count_items(items.size());
  for (std::size_t i = 0; i < items.size(); i += 2) dict.emplace_back(items[i], items[i + 1]);
}

void Pickle::push_global(const std::string& module, const std::string& name) {
  const std::string global = module + "." + name;
  if (!globals_.contains(global)) {
    const bool is_model = module.starts_with("torch.nn.") || module == "__main__";
    fail("tensors, dicts, lists, numbers and texts",
         "the global " + global.substr(0, 200) + (is_model ? " (of a model save its state_dict() alone)" : ""));
  }
  push({PickleValue::Global{global}});
}

void Pickle::reduce() {
  const PickleValue* const arguments = pop();
  const auto* const function = pop()->as<PickleValue::Global>();
  const auto* const tuple = arguments->as<PickleValue::List>();
  if (function == nullptr || tuple == nullptr || !tuple->is_tuple)
    fail("a global and a tuple to call it with", "others");
  if (std::find(sets.begin(), sets.end(), function->name) != sets.end()) {
    const auto* const items = tuple->items.size() == 1 ? tuple->items[0]->as<PickleValue::List>() : nullptr;
    if (items == nullptr && !tuple->items.empty()) fail("a set of the items of a list", "another one");
    count_items(items == nullptr ? 0 : items->items.size());
    push({PickleValue::Set{items == nullptr ? std::vector<const PickleValue*>() : items->items}});
  } else if (function->name != ordered_dict) {
    push({PickleValue::Call{function->name, arguments}});
  } else if (tuple->items.empty()) {
    push({PickleValue::Dict{}});
  } else {
    fail("an OrderedDict that is made empty", "one with arguments");
  }
}

}  // namespace xtape::io
