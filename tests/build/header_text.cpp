#include "header_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace xtape::test {
namespace {

using Tokens = std::vector<std::string>;

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_word(const std::string& token) {
  return is_letter(token[0]) && !std::isdigit(static_cast<unsigned char>(token[0]));
}

// Words, numbers, texts in quotes and single signs, without comments and what the preprocessor reads.
Tokens tokens_of(const std::string& text) {
  Tokens tokens;
  std::size_t i = 0;
  bool line_begins = true;
  const auto skip_line = [&] { i = std::min(text.find('\n', i), text.size()); };
  while (i < text.size()) {
    const char c = text[i];
    if (c == '\n') {
      line_begins = true;
      ++i;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      ++i;
    } else if ((c == '#' && line_begins) || text.compare(i, 2, "//") == 0) {
      skip_line();
    } else {
      line_begins = false;
      const std::size_t begin = i;
      if (c == '"') {
        for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
        ++i;
      } else if (is_letter(c)) {
        const bool number = std::isdigit(static_cast<unsigned char>(c));
        // 1e-07 and 0.5 are one token.
        while (i < text.size() &&
               (is_letter(text[i]) || (number && text[i] == '.') || (number && text[i] == '-' && text[i - 1] == 'e'))) {
          ++i;
        }
      } else {
        i += text.compare(i, 2, "::") == 0 ? 2 : 1;
      }
      tokens.push_back(text.substr(begin, i - begin));
    }
  }
  return tokens;
}

// The place of what closes the bracket at `open`.
std::size_t closing(const Tokens& tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token == "(" || token == "{" || token == "[") ++depth;
    if ((token == ")" || token == "}" || token == "]") && --depth == 0) return i;
  }
  return tokens.size();
}

std::string join(const Tokens& tokens, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) text += tokens[i];
  return text;
}

// `const T& name = value`; without a name if it has none.
Parameter parameter_of(const Tokens& tokens, std::size_t begin, std::size_t end) {
  std::size_t equals = begin;
  for (int angles = 0; equals < end && (angles > 0 || tokens[equals] != "="); ++equals) {
    angles += tokens[equals] == "<" ? 1 : tokens[equals] == ">" ? -1 : 0;
  }
  if (equals < begin + 2 || !is_word(tokens[equals - 1]) || tokens[equals - 2] == "::") {
    return {join(tokens, begin, equals)};
  }
  return {join(tokens, begin, equals - 1), tokens[equals - 1],
          equals < end ? join(tokens, equals + 1, end) : std::string()};
}

// What is between begin and end, split at commas outside of brackets.
Signature parameters_of(const Tokens& tokens, std::size_t begin, std::size_t end) {
  Signature result;
  int depth = 0;
  std::size_t start = begin;
  for (std::size_t i = begin; i <= end; ++i) {
    if (i == end || (depth == 0 && tokens[i] == ",")) {
      if (i > start) result.push_back(parameter_of(tokens, start, i));
      start = i + 1;
      continue;
    }
    const std::string& token = tokens[i];
    if (token == "(" || token == "{" || token == "[" || token == "<") ++depth;
    if (token == ")" || token == "}" || token == "]" || token == ">") --depth;
  }
  return result;
}

// The data members of a struct whose body is between begin and end.
Signature members_of(const Tokens& tokens, std::size_t begin, std::size_t end) {
  Signature result;
  for (std::size_t start = begin; start < end;) {
    std::size_t i = start;
    bool function = false, value = false;
    int angles = 0;
    for (; i < end && tokens[i] != ";"; ++i) {
      const std::string& token = tokens[i];
      value = value || token == "=";
      angles += token == "<" ? 1 : token == ">" ? -1 : 0;
      function = function || (token == "(" && !value && angles == 0);
      if (token == "(" || token == "[" || token == "{") {
        const bool body = token == "{" && function;
        i = closing(tokens, i);
        if (body && (i + 1 == end || tokens[i + 1] != ";")) break;
      }
    }
    if (!function && tokens[start] != "using" && tokens[start] != "friend" && tokens[start] != "static") {
      const Parameter member = parameter_of(tokens, start, i);
      if (!member.name.empty()) result.push_back(member);
    }
    start = i + 1;
  }
  return result;
}

// "PoolingOptions" of "xtape::PoolingOptions<axes>" and of "const PoolingOptions&".
std::string plain_name(std::string type) {
  type = type.substr(0, type.find('<'));
  while (!type.empty() && !is_letter(type.back())) type.pop_back();
  std::size_t begin = type.size();
  while (begin > 0 && is_letter(type[begin - 1])) --begin;
  const std::string name = type.substr(begin);
  // Tokens are joined without blanks.
  return name.starts_with("const") ? name.substr(5) : name;
}

}  // namespace

HeaderText::HeaderText(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (std::filesystem::is_regular_file(path)) read_file(path);
    if (!std::filesystem::is_directory(path)) continue;
    for (const auto& file : std::filesystem::recursive_directory_iterator(path)) {
      if (file.path().extension() == ".hpp") read_file(file.path().string());
    }
  }
}

void HeaderText::read_file(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  read(tokens_of(text.str()));
}

void HeaderText::read(const Tokens& tokens) {
  // Of each open brace, whether it is that of a namespace.
  std::vector<bool> braces;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token == "{") {
      std::size_t start = i;
      while (start > 0 && tokens[start - 1] != ";" && tokens[start - 1] != "{" && tokens[start - 1] != "}") --start;
      braces.push_back(tokens[start] == "namespace" || tokens[start] == "inline");
    } else if (token == "}") {
      if (!braces.empty()) braces.pop_back();
    } else if (token == "using" && tokens[i + 2] == "=") {
      std::size_t end = i + 3;
      while (tokens[end] != ";" && tokens[end] != "<") ++end;
      aliases_[tokens[i + 1]] = tokens[end - 1];
    } else if (token == "struct" || token == "class") {
      const std::size_t at = i + (tokens[i + 1] == "XTAPE_API" ? 2 : 1);
      std::size_t open = at + 1;
      while (open < tokens.size() && tokens[open] != "{" && tokens[open] != ";" && tokens[open] != "(" &&
             tokens[open] != ">" && tokens[open] != ",") {
        if (tokens[open] == "<") {
          while (tokens[open] != ">") ++open;
        }
        ++open;
      }
      if (open == tokens.size() || tokens[open] != "{") continue;
      types_.insert(tokens[at]);
      Signature members;
      if (tokens[at + 1] == ":") {
        const auto base = options_.find(tokens[open - 1]);
        if (base != options_.end()) members = base->second;
      }
      for (Parameter& member : members_of(tokens, open + 1, closing(tokens, open)))
        members.push_back(std::move(member));
      options_[tokens[at]] = std::move(members);
    } else if (is_word(token) && tokens[i + 1] == "(" && i > 0) {
      const std::string& before = tokens[i - 1];
      const bool typed = (is_word(before) && before != "return" && before != "throw" && before != "new") ||
                         before == "&" || before == "*" || before == ">";
      const bool constructor = types_.contains(token) && (before == "explicit" || before == ";" || before == "{" ||
                                                          before == "}" || before == ":" || before == ")");
      if (!typed && !constructor) continue;
      const std::size_t end = closing(tokens, i + 1);
      if (end + 1 >= tokens.size()) continue;
      static const std::set<std::string> follow = {";", "{", "const", "noexcept", "override", ":", "=", "requires"};
      if (!follow.contains(tokens[end + 1])) continue;
      const bool member = !std::all_of(braces.begin(), braces.end(), [](bool is_namespace) { return is_namespace; });
      if (!constructor) (member ? members_ : functions_).insert(token);
      signatures_[token].push_back(parameters_of(tokens, i + 2, end));
    }
  }
}

std::vector<Signature> HeaderText::signatures(const std::string& name) const {
  const auto alias = aliases_.find(name);
  const auto found = signatures_.find(alias == aliases_.end() ? name : alias->second);
  if (found == signatures_.end()) {
    return alias == aliases_.end() || alias->second == name ? std::vector<Signature>() : signatures(alias->second);
  }
  std::vector<Signature> result;
  for (const Signature& signature : found->second) {
    Signature& whole = result.emplace_back();
    for (const Parameter& parameter : signature) {
      std::string type = plain_name(parameter.type);
      const auto other = aliases_.find(type);
      if (other != aliases_.end()) type = other->second;
      const auto options = options_.find(type);
      if (type.ends_with("Options") && options != options_.end()) {
        for (Parameter member : options->second) {
          member.is_option = true;
          whole.push_back(std::move(member));
        }
      } else {
        whole.push_back(parameter);
      }
    }
  }
  return result;
}

}  // namespace xtape::test
