#pragma once

#include <string>
#include <vector>
#include <xtape/export.hpp>

namespace xtape::detail {

/// While it lives, options of a configuration that are wrong are noted in this thread rather than thrown: what is read
/// has the defaults in their place, and is thrown away after all of them are known. For the library's own files.
class XTAPE_API OptionProblems {
 public:
  OptionProblems();
  ~OptionProblems();
  OptionProblems(const OptionProblems&) = delete;
  OptionProblems& operator=(const OptionProblems&) = delete;

  /// Whether there is one, which has taken the problem; of very many it takes the first 100.
  static bool take(const std::string& problem);
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
  OptionProblems* const around_;
};

}  // namespace xtape::detail
