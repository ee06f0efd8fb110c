#include <algorithm>
#include <cctype>
#include <cstddef>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "doc_tables.hpp"
#include "header_text.hpp"
#include "source_folder.hpp"

// docs/keras.md has a row for each public symbol of Keras, and what the rows say holds. keras_api.json lists the
// symbols of Keras's release with their parameters in order and the defaults, taken from its sources by a script.

using namespace xtape;
using test::DocTables;
using test::HeaderText;
using test::Row;

namespace {

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

const std::string sources = source_folder() + "/..";

struct Area {
  std::string name;
  // Folders or files below include/xtape.
  std::vector<std::string> folders;
  // The options of what is made of such a config, by their names; empty for areas whose objects are not written.
  std::function<Config(const Config& config)> written = {};
  // Throws unless an object is known by this name; empty where there are no names.
  std::function<void(const std::string& name)> find = {};
};

template <class Handle>
std::function<void(const std::string&)> by_name() {
  return [](const std::string& name) { Handle handle(name); };
}

std::vector<Area> areas() {
  return {
      {"layers", {"layers"}, [](const Config& config) { return layers::deserialize(config).get_config(); }},
      {"models", {"models", "layers", "saving"}},
      {"activations", {"activations", "ops"}, {}, by_name<activations::Activation>()},
      {"initializers",
       {"initializers"},
       [](const Config& config) { return initializers::deserialize(config).get_config(); },
       by_name<initializers::Initializer>()},
      {"regularizers",
       {"regularizers"},
       [](const Config& config) { return regularizers::deserialize(config).get_config(); },
       by_name<regularizers::Regularizer>()},
      {"constraints",
       {"constraints"},
       [](const Config& config) { return constraints::deserialize(config).get_config(); },
       by_name<constraints::Constraint>()},
      {"losses",
       {"losses"},
       [](const Config& config) { return losses::deserialize(config).get_config(); },
       by_name<losses::Loss>()},
      {"metrics",
       {"metrics"},
       [](const Config& config) { return metrics::deserialize(config).get_config(); },
       by_name<metrics::Metric>()},
      {"optimizers",
       {"optimizers"},
       [](const Config& config) { return optimizers::deserialize(config).get_config(); },
       by_name<optimizers::Optimizer>()},
      {"schedules",
       {"optimizers/schedules"},
       [](const Config& config) { return optimizers::schedules::deserialize(config).get_config(); }},
      {"callbacks", {"callbacks"}},
      {"utils", {"utils", "random.hpp", "layers/registry.hpp"}},
  };
}

// Something that parameters without a default can be, by their name, or by class and name.
const Config& samples() {
  static const Config samples = parse_json(R"({
    "activation": "relu", "output_size": 2, "rate": 0.5, "pool_size": 2, "filters": 2, "kernel_size": 1, "units": 2,
    "axes": 1, "equation": "ab,bc->ac", "output_shape": [2], "input_dim": 3, "output_dim": 2, "stddev": 0.5,
    "head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1, "num_heads": 2, "key_dim": 2, "dims": [1], "n": 2,
    "target_shape": [-1], "Embedding.input_dim": 3, "cell": {"class_name": "LSTMCell", "config": {"name": "inner", "units": 2}},
    "cells": [{"class_name": "LSTMCell", "config": {"name": "inner", "units": 2}}],
    "layer": {"class_name": "Dense", "config": {"name": "inner", "units": 2}},
    "Bidirectional.layer": {"class_name": "LSTM", "config": {"name": "inner", "units": 2}},
    "min_value": 0.0, "recall": 0.5, "precision": 0.5, "sensitivity": 0.5, "specificity": 0.5,
    "num_classes": 2, "target_class_ids": [0], "inner_optimizer": {"class_name": "SGD", "config": {}},
    "initial_learning_rate": 0.1, "decay_steps": 10, "first_decay_steps": 10, "decay_rate": 0.5, "boundaries": [10],
    "values": [0.1, 0.01]
  })");
  return samples;
}

// Of a parameter of Keras: [name] or [name, default].
const std::string& name_of(const Config& parameter) { return parameter.list()[0].text(); }
const Config* default_of(const Config& parameter) {
  return parameter.list().size() > 1 ? &parameter.list()[1] : nullptr;
}

bool same(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  if (a.is_list() && !b.is_list()) {
    return std::all_of(a.list().begin(), a.list().end(), [&](const Config& each) { return same(each, b); });
  }
  // Class names and their snake case are names of the same.
  if (a.is_text() && b.is_text()) return detail::to_snake_case(a.text()) == detail::to_snake_case(b.text());
  return a == b;
}

// A default in C++ as a value; nothing for one that is no literal.
std::optional<Config> literal(const std::string& text) {
  if (text == "{}" || text == "nullptr" || text == "std::nullopt") return Config();
  try {
    return parse_json(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

HeaderText headers_of(const Area& area) {
  std::vector<std::string> paths;
  for (const std::string& folder : area.folders) paths.push_back(sources + "/include/xtape/" + folder);
  return HeaderText(paths);
}

class Check {
 public:
  Check(const Area& area, const Config& facts, const DocTables& tables)
      : area_(area),
        facts_(facts),
        rows_(find_in(tables.areas)),
        everywhere_(find_in(tables.everywhere)),
        headers_(headers_of(area)) {}

  std::vector<std::string> problems() {
    for (const Config::Entry& symbol : facts_.entries()) {
      const auto row = rows_.find(symbol.name);
      if (row == rows_.end()) {
        fail(symbol.name, "has no row in docs/keras.md");
        continue;
      }
      check(symbol.name, symbol.value, row->second);
    }
    for (const auto& [name, row] : rows_) {
      if (!facts_.find(name)) fail(name, "has a row in docs/keras.md, but is no public symbol of Keras");
    }
    for (const auto& [name, reason] : everywhere_) {
      if (!left_out_.contains(name)) fail(name, "is listed as left out everywhere, but no class here lacks it");
    }
    return problems_;
  }

 private:
  template <class Value>
  Value find_in(const std::map<std::string, Value>& map) const {
    const auto found = map.find(area_.name);
    return found == map.end() ? Value() : found->second;
  }

  void fail(const std::string& symbol, const std::string& what) {
    problems_.push_back(area_.name + "." + symbol + ": " + what);
  }

  bool is_declared(const std::string& symbol, const std::string& kind) const {
    return kind == "method" ? headers_.has_member_function(symbol.substr(symbol.find('.') + 1))
                            : headers_.has_class(symbol) || headers_.has_function(symbol);
  }
  bool is_known_by_name(const std::string& symbol) const {
    if (!area_.find || symbol == "get" || symbol == "serialize" || symbol == "deserialize") return false;
    try {
      area_.find(symbol);
      return true;
    } catch (const Error& error) {
      // A name that needs more than itself is known.
      const std::string text = error.what();
      return text.find("unknown") == std::string::npos && text.find("is left out") == std::string::npos;
    }
  }

  void check(const std::string& symbol, const Config& facts, const Row& row) {
    const Config* alias = facts.find("alias");
    const std::string kind = alias ? "alias" : facts.at("kind").text();
    const bool declared = is_declared(symbol, kind), known = is_known_by_name(symbol);
    if (row.here == "yes" && !declared)
      return fail(symbol, "docs/keras.md says that it is here, no header declares it");
    if (row.here == "by name" && !known)
      return fail(symbol, "docs/keras.md says that it is here by name, which it is not");
    if (row.here == "by name" && declared) return fail(symbol, "is declared in a header: docs/keras.md should say yes");
    if ((row.here == "no" || row.here == "not yet") && (declared || known)) {
      return fail(symbol, "is here, docs/keras.md says " + row.here);
    }
    if (row.here != "yes" || alias) {
      if (!row.options.empty()) fail(symbol, "options are listed of something that has none here");
      return;
    }
    const Config::List named = parameters_of(facts);
    Config::List parameters = named;
    for (Config& parameter : parameters_of_all(facts, named)) parameters.push_back(std::move(parameter));
    for (const auto& [option, reason] : row.options) {
      if (!has(parameters, option)) fail(symbol, "docs/keras.md lists an option " + option + ", which Keras has not");
    }
    const std::vector<test::Signature> signatures = signatures_of(symbol);
    std::set<std::string> needless = check_declared(symbol, parameters, signatures, row);
    check_order(symbol, named, signatures, row, needless);
    if (area_.written && kind == "class" && is_written(symbol, row)) check_written(symbol, parameters, row, needless);
    for (const std::string& option : needless) {
      fail(symbol, "docs/keras.md lists the option " + option + " as absent or otherwise, it is as in Keras");
    }
  }

  // The parameters of the signature.
  static Config::List parameters_of(const Config& facts) {
    Config::List parameters = facts.at("parameters").list();
    std::erase_if(parameters, [](const Config& parameter) { return name_of(parameter).starts_with('*'); });
    return parameters;
  }
  // What a layer takes besides, as any layer. Where the signature does not name activity_regularizer, it is what a
  // layer ActivityRegularization behind does.
  Config::List parameters_of_all(const Config& facts, const Config::List& parameters) const {
    if (area_.name != "layers" || !facts.find("kwargs") || facts.at("kind").text() != "class") return {};
    Config::List all = parameters_of(facts_.at("Layer"));
    std::erase_if(all, [&](const Config& parameter) {
      return name_of(parameter) == "activity_regularizer" || has(parameters, name_of(parameter));
    });
    return all;
  }
  static bool has(const Config::List& parameters, const std::string& name) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Config& parameter) { return name_of(parameter) == name; });
  }

  bool is_left_out(const std::string& option, const Row& row) {
    if (row.options.contains(option)) return true;
    if (!everywhere_.contains(option)) return false;
    left_out_.insert(option);
    return true;
  }

  std::vector<test::Signature> signatures_of(const std::string& symbol) const {
    return headers_.signatures(symbol.substr(symbol.find('.') + 1));
  }

  // Each of Keras's parameters is declared, with Keras's default. Returns those that are, and have a reason why not.
  std::set<std::string> check_declared(const std::string& symbol, const Config::List& parameters,
                                       const std::vector<test::Signature>& signatures, const Row& row) {
    std::set<std::string> needless;
    for (const Config& parameter : parameters) {
      const std::string& option = name_of(parameter);
      const auto place = static_cast<std::size_t>(&parameter - parameters.data());
      // What has no default is given by its place, by whichever name.
      bool found = !default_of(parameter) && std::any_of(signatures.begin(), signatures.end(), [&](const auto& here) {
        return place < here.size() && !here[place].is_option;
      });
      bool fits = found;
      std::string otherwise;
      for (const test::Signature& signature : signatures) {
        for (const test::Parameter& here : signature) {
          if (here.name != option) continue;
          found = true;
          otherwise = here.otherwise;
          fits = fits || !default_of(parameter) || fits_default(here, *default_of(parameter));
        }
      }
      if (found && everywhere_.contains(option)) {
        // But where the row says more of it.
        if (row.options.contains(option)) continue;
        fail(symbol, "has the option " + option + ", which docs/keras.md lists as left out everywhere");
      } else if (!found && !is_left_out(option, row)) {
        fail(symbol, "has no option " + option + ", and docs/keras.md gives no reason");
      } else if (found && fits && row.options.contains(option)) {
        needless.insert(option);
      } else if (found && !fits && !row.options.contains(option)) {
        fail(symbol, "the default of " + option + " is " + otherwise + ", Keras's is " + default_of(parameter)->str());
      }
    }
    return needless;
  }

  static bool fits_default(const test::Parameter& here, const Config& expected) {
    const std::optional<Config> value = here.otherwise.empty() ? std::nullopt : literal(here.otherwise);
    // Names are those of the classes, whether or not that is written out.
    return !value || same(expected, *value) || here.name == "name";
  }

  // Designated initializers stand in the order of the struct, which is that of Keras's signature. What does not needs
  // its reason.
  void check_order(const std::string& symbol, const Config::List& parameters,
                   const std::vector<test::Signature>& signatures, const Row& row, std::set<std::string>& needless) {
    for (const test::Signature& signature : signatures) {
      std::size_t next = 0;
      for (const test::Parameter& here : signature) {
        for (std::size_t place = 0; place < parameters.size(); ++place) {
          if (name_of(parameters[place]) != here.name) continue;
          if (row.options.contains(here.name)) {
            if (place < next) needless.erase(here.name);
            continue;
          }
          if (place < next) fail(symbol, "the option " + here.name + " stands behind one that follows it in Keras");
          next = place;
        }
      }
    }
  }

  // Whether objects of that class are written: what others derive from is not.
  static bool is_written(const std::string& symbol, const Row& row) {
    static const std::set<std::string> bases = {"Layer", "Initializer", "Regularizer", "Constraint",
                                                "Loss",  "Metric",      "Optimizer",   "LearningRateSchedule"};
    return !bases.contains(symbol) && row.notes.find("not written") == std::string::npos;
  }

  Config options_of(const std::string& symbol, const Config& options) const {
    Config config = Config::dict();
    config.set("class_name", symbol);
    config.set("config", options);
    return area_.written(config);
  }

  // Each of Keras's parameters is read and written, and has Keras's default. What is not written needs its reason.
  void check_written(const std::string& symbol, const Config::List& parameters, const Row& row,
                     std::set<std::string>& needless) {
    Config options = Config::dict();
    for (const Config& parameter : parameters) {
      const std::string& option = name_of(parameter);
      if (default_of(parameter)) continue;
      const Config* sample = samples().find(symbol + "." + option);
      if (!sample) sample = samples().find(option);
      if (sample) options.set(option, *sample);
    }
    // Layers are numbered otherwise.
    if (area_.name == "layers") options.set("name", "it");
    Config plain = Config::dict();
    try {
      plain = options_of(symbol, options);
    } catch (const Error& error) {
      return fail(symbol, std::string("is not read: ") + error.what());
    }
    for (const Config& parameter : parameters) {
      const std::string& option = name_of(parameter);
      const bool left_out = is_left_out(option, row);
      if (plain.find(option)) {
        if (everywhere_.contains(option) && !row.options.contains(option))
          fail(symbol, "writes " + option + ", which docs/keras.md says is left out");
      } else if (left_out) {
        needless.erase(option);
      } else {
        fail(symbol, "does not write " + option + ", and docs/keras.md gives no reason");
      }
      if (left_out || option == "name" || !default_of(parameter)) continue;
      Config given = options;
      given.set(option, *default_of(parameter));
      try {
        const Config with = options_of(symbol, given);
        if (!(with == plain)) {
          fail(symbol, "the default of " + option + " is " + plain.at(option).str() + ", Keras's is " +
                           default_of(parameter)->str());
        }
      } catch (const Error& error) {
        fail(symbol, "Keras's default of " + option + " is not read: " + error.what());
      }
    }
  }

  const Area& area_;
  const Config& facts_;
  std::map<std::string, Row> rows_;
  std::map<std::string, std::string> everywhere_;
  const HeaderText headers_;
  std::set<std::string> left_out_;
  std::vector<std::string> problems_;
};

Config facts_of_keras() { return parse_json(text_of(source_folder() + "/build/keras_api.json")); }
DocTables tables_of_docs() { return test::read_doc_tables(sources + "/docs/keras.md"); }

std::vector<std::string> problems_of(const std::string& area, const Config& facts, const DocTables& tables) {
  for (const Area& each : areas()) {
    if (each.name == area) return Check(each, facts.at(area), tables).problems();
  }
  return {"no such area: " + area};
}

}  // namespace

TEST_CASE("docs/keras.md says of each public symbol of Keras whether it is here, and so it is") {
  const DocTables tables = tables_of_docs();
  const Config facts = facts_of_keras();
  for (const std::string& problem : tables.problems) FAIL_CHECK("docs/keras.md, " << problem);
  for (const Area& area : areas()) {
    for (const std::string& problem : problems_of(area.name, facts, tables)) FAIL_CHECK(problem);
    CHECK_FALSE(facts.at(area.name).entries().empty());
  }
  for (const auto& [name, rows] : tables.areas) {
    INFO(name);
    CHECK((name == "left out everywhere" || facts.find(name)));
  }
}

TEST_CASE("what docs/keras.md has wrong about Keras's symbols is found") {
  using Problems = std::vector<std::string>;
  const DocTables right = tables_of_docs();
  const Config facts = facts_of_keras();
  const auto problems = [&](const std::string& area, const std::function<void(DocTables&)>& plant) {
    DocTables tables = right;
    plant(tables);
    return problems_of(area, facts, tables);
  };
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"].erase("Flatten"); }) ==
        Problems{"layers.Flatten: has no row in docs/keras.md"});
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"]["Flaten"] = {"yes"}; }) ==
        Problems{"layers.Flaten: has a row in docs/keras.md, but is no public symbol of Keras"});
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"]["Dense"] = {"no"}; }) ==
        Problems{"layers.Dense: is here, docs/keras.md says no"});
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"]["Wrapper"] = {"yes"}; }) ==
        Problems{"layers.Wrapper: docs/keras.md says that it is here, no header declares it"});
  CHECK(problems("initializers", [](DocTables& t) { t.areas["initializers"]["zeros"] = {"no"}; }) ==
        Problems{"initializers.zeros: is here, docs/keras.md says no"});
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"]["BatchNormalization"].options.clear(); }) ==
        Problems{"layers.BatchNormalization: has no option synchronized, and docs/keras.md gives no reason",
                 "layers.BatchNormalization: does not write renorm, and docs/keras.md gives no reason",
                 "layers.BatchNormalization: does not write renorm_clipping, and docs/keras.md gives no reason",
                 "layers.BatchNormalization: does not write renorm_momentum, and docs/keras.md gives no reason",
                 "layers.BatchNormalization: does not write synchronized, and docs/keras.md gives no reason"});
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"]["MultiHeadAttention"].options.clear(); }) ==
        Problems{"layers.MultiHeadAttention: does not write sliding_window, and docs/keras.md gives no reason",
                 "layers.MultiHeadAttention: does not write flash_attention, and docs/keras.md gives no reason",
                 "layers.MultiHeadAttention: does not write use_gate, and docs/keras.md gives no reason",
                 "layers.MultiHeadAttention: does not write seed, and docs/keras.md gives no reason"});
  CHECK(problems("losses", [](DocTables& t) { t.areas["losses"]["circle"].options.clear(); }) ==
        Problems{"losses.circle: the option remove_diagonal stands behind one that follows it in Keras"});
  CHECK(problems("metrics", [](DocTables& t) { t.areas["metrics"]["IoU"].options.clear(); }) ==
        Problems{"metrics.IoU: has the option dtype, which docs/keras.md lists as left out everywhere",
                 "metrics.IoU: writes dtype, which docs/keras.md says is left out"});
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"]["Dense"].options["unit"] = "why"; }) ==
        Problems{"layers.Dense: docs/keras.md lists an option unit, which Keras has not"});
  CHECK(problems("layers", [](DocTables& t) { t.areas["layers"]["Dense"].options["use_bias"] = "why"; }) ==
        Problems{"layers.Dense: docs/keras.md lists the option use_bias as absent or otherwise, it is as in Keras"});
  CHECK(problems("layers", [](DocTables& t) { t.everywhere["layers"]["negative_slope"] = "why"; }) ==
        Problems{"layers.LeakyReLU: has the option negative_slope, which docs/keras.md lists as left out everywhere",
                 "layers.LeakyReLU: writes negative_slope, which docs/keras.md says is left out",
                 "layers.ReLU: has the option negative_slope, which docs/keras.md lists as left out everywhere",
                 "layers.ReLU: writes negative_slope, which docs/keras.md says is left out"});
}

TEST_CASE("options with other defaults or in another order than Keras's are found") {
  using Problems = std::vector<std::string>;
  const auto problems = [](const char* symbol, const char* parameters) {
    const Config facts = facts_of_keras();
    Config layers = facts.at("layers"), changed = layers.at(symbol);
    changed.set("parameters", parse_json(parameters));
    layers.set(symbol, changed);
    Config all = Config::dict();
    all.set("layers", layers);
    return problems_of("layers", all, tables_of_docs());
  };
  CHECK(problems("LeakyReLU", R"([["negative_slope", 0.2]])") ==
        Problems{"layers.LeakyReLU: the default of negative_slope is 0.3, Keras's is 0.2",
                 "layers.LeakyReLU: the default of negative_slope is 0.3, Keras's is 0.2"});
  CHECK(problems("ReLU", R"([["threshold", 0], ["max_value", null], ["negative_slope", 0]])") ==
        Problems{"layers.ReLU: the option threshold stands behind one that follows it in Keras"});
}
