#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/dtype.hpp>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape {

/// The value of an option as a Config, and back. Types of one's own join by two functions of these names in their
/// namespace. @throws ValueError, in from_config, for a Config of another kind.
template <class Value>
requires std::same_as<Value, bool> || std::same_as<Value, int> || std::same_as<Value, int64_t> ||
    std::same_as<Value, double> || std::same_as<Value, std::string>
        Config to_config(const Value& value) {
  return value;
}
/// A value as it is.
inline Config to_config(const Config& value) { return value; }
inline void from_config(const Config& config, Config& value) { value = config; }
/// Of a seed. @throws ValueError for a number that int64 does not hold.
XTAPE_API Config to_config(const uint64_t& value);
XTAPE_API void from_config(const Config& config, uint64_t& value);
XTAPE_API void from_config(const Config& config, bool& value);
XTAPE_API void from_config(const Config& config, int& value);
XTAPE_API void from_config(const Config& config, int64_t& value);
XTAPE_API void from_config(const Config& config, double& value);
XTAPE_API void from_config(const Config& config, std::string& value);
/// "float32". Keras's DTypePolicy is read too.
XTAPE_API Config to_config(const DType& value);
XTAPE_API void from_config(const Config& config, DType& value);
/// A list, in which nothing stands for -1, an unknown length.
XTAPE_API Config to_config(const Shape& value);
XTAPE_API void from_config(const Config& config, Shape& value);
XTAPE_API Config to_config(const Axis& value);
XTAPE_API void from_config(const Config& config, Axis& value);
/// One number, or a list of them; nothing stands for all axes.
XTAPE_API Config to_config(const Axes& value);
XTAPE_API void from_config(const Config& config, Axes& value);

template <class Value>
Config to_config(const std::optional<Value>& value) {
  return value ? to_config(*value) : Config();
}
template <class Value>
void from_config(const Config& config, std::optional<Value>& value) {
  if (config.is_null()) {
    value.reset();
  } else {
    from_config(config, value.emplace());
  }
}
template <class Value>
Config to_config(const std::vector<Value>& values) {
  Config::List list;
  for (const Value& value : values) list.push_back(to_config(value));
  return list;
}
template <class Value>
void from_config(const Config& config, std::vector<Value>& values) {
  values.clear();
  for (const Config& each : config.list()) from_config(each, values.emplace_back());
}

/// Goes through the options of an object, each with Keras's name, to write or to read them. An object lists them once:
/// ```
/// struct ScaleOptions {
///   double start = 1;
///   std::string name = {};
///   void fields(Fields& f) { f("start", start)("name", name); }
/// };
/// ```
class XTAPE_API Fields {
 public:
  virtual ~Fields() = default;

  template <class Value>
  Fields& operator()(const char* name, Value& field) {
    add(
        name, &field, [](const void* from) { return to_config(*static_cast<const Value*>(from)); },
        [](const Config& config, void* to) { from_config(config, *static_cast<Value*>(to)); });
    return *this;
  }
  /// An option that is written only where it differs from `usual`: one that not all releases of Keras know.
  template <class Value>
  Fields& omit_default(const char* name, Value& field, const Value& usual) {
    return writes() && to_config(field) == to_config(usual) ? *this : (*this)(name, field);
  }
  /// An option that Keras has and that is not here: read where it has this value, never written.
  /// @throws ValueError, in reading, for another one: `unroll must be false, given true`.
  Fields& accept(const char* name, const Config& only);

 protected:
  using Write = Config (*)(const void* field);
  using Read = void (*)(const Config& config, void* field);

 private:
  virtual void add(const char* name, void* field, Write write, Read read) = 0;
  virtual void add_accepted(const char* name, const Config& only) = 0;
  virtual bool writes() const { return false; }
};

/// Writes options as values by name.
class XTAPE_API FieldWriter final : public Fields {
 public:
  const Config& config() const { return config_; }

 private:
  void add(const char* name, void* field, Write write, Read read) override;
  void add_accepted(const char* name, const Config& only) override;
  bool writes() const override { return true; }

  Config config_ = Config::dict();
};

/// Reads options from values by name; those that are not given stay as they are.
class XTAPE_API FieldReader final : public Fields {
 public:
  /// `owner`, a class for one, is named in errors. @throws ValueError unless `config` has values by name.
  FieldReader(const Config& config, std::string owner);
  /// @throws ValueError, after all fields were read, for a name that none of them has; it names the nearest ones.
  void finish() const;
  /// Lets a name pass that somebody else reads.
  void leave(const char* name) { known_.emplace_back(name); }

 private:
  void add(const char* name, void* field, Write write, Read read) override;
  void add_accepted(const char* name, const Config& only) override;

  const Config& config_;
  std::string owner_;
  std::vector<std::string> known_;
};

/// The options of an object as values by name.
template <class Options>
Config write_fields(const Options& options) {
  FieldWriter writer;
  // A writer only reads.
  const_cast<Options&>(options).fields(writer);
  return writer.config();
}
/// Options as `config` says, defaults where it says nothing. @throws ValueError for a value of another kind, and for an
/// unknown name, with the nearest ones.
template <class Options>
Options read_fields(const Config& config, const std::string& owner) {
  Options options;
  FieldReader reader(config, owner);
  options.fields(reader);
  reader.finish();
  return options;
}

}  // namespace xtape
