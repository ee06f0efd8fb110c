#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

// What headers declare, read from their text: enough of C++ for the library's own style.
namespace xtape::test {

// A parameter of a function, or a member of a struct of options.
struct Parameter {
  std::string type, name = {};
  // The tokens of the default, joined; empty if there is none.
  std::string otherwise = {};
  // Whether it is a member of a struct that the function takes.
  bool is_option = false;
};
using Signature = std::vector<Parameter>;

class HeaderText {
 public:
  // Headers, or all of them below folders; none where there is neither.
  explicit HeaderText(const std::vector<std::string>& paths);

  bool has_class(const std::string& name) const { return types_.contains(name) || aliases_.contains(name); }
  // Not as a member of a class.
  bool has_function(const std::string& name) const { return functions_.contains(name); }
  bool has_member_function(const std::string& name) const { return members_.contains(name); }
  // Of the functions, member functions and constructors of that name, each with the members of the structs of options
  // that it takes in their place.
  std::vector<Signature> signatures(const std::string& name) const;

 private:
  void read_file(const std::string& file);
  void read(const std::vector<std::string>& tokens);

  std::set<std::string> types_, functions_, members_;
  // Of a name, what it is another one for.
  std::map<std::string, std::string> aliases_;
  std::map<std::string, Signature> options_;
  std::map<std::string, std::vector<Signature>> signatures_;
};

}  // namespace xtape::test
