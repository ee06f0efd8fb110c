#pragma once

#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/export.hpp>

namespace xtape::detail {

/// Where in a configuration the layer stands that is written or read in this thread, while it lives: below those of the
/// scopes around.
class XTAPE_API ConfigPlace {
 public:
  explicit ConfigPlace(std::string name);
  ~ConfigPlace();
  ConfigPlace(const ConfigPlace&) = delete;
  ConfigPlace& operator=(const ConfigPlace&) = delete;

  /// While it lives, layers stand in none: what is saved or loaded is whole, also where a layer does that.
  class XTAPE_API Outermost {
   public:
    Outermost();
    ~Outermost();
    Outermost(const Outermost&) = delete;
    Outermost& operator=(const Outermost&) = delete;

   private:
    const ConfigPlace* const around_;
  };

  /// The names of the layers around it, the outermost first, and its own. Empty outside of layers.
  static std::vector<std::string> names();
  /// What stands in front of a problem: `the layer "outer/inner/dense": `. Empty outside of models.
  static std::string label();
  /// Puts that in front of the error's message, unless a layer in this one has.
  static void say_in(Error& error);

 private:
  const std::string name_;
  const ConfigPlace* const around_;
};

/// For people: "outer/inner/dense".
XTAPE_API std::string text_of(const std::vector<std::string>& names);

/// What `work` returns, which reads a layer of that name; errors say where it stands, the innermost place alone.
template <class Work>
decltype(auto) at_place(std::string name, const Work& work) {
  const ConfigPlace place(std::move(name));
  try {
    return work();
  } catch (Error& error) {
    ConfigPlace::say_in(error);
    throw;
  }
}

}  // namespace xtape::detail
