#include <cstddef>
#include <utility>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/option_problems.hpp>

namespace xtape::detail {
namespace {

constinit thread_local OptionProblems* innermost = nullptr;

}  // namespace

OptionProblems::OptionProblems() : around_(std::exchange(innermost, this)) {}

OptionProblems::~OptionProblems() { innermost = around_; }

bool OptionProblems::take(const std::string& problem) {
  // More say no more, and the text of a file has as many as it likes.
  constexpr std::size_t most = 100;
  if (!innermost || innermost->all_.size() == most) return false;
  innermost->all_.push_back(detail::ConfigPlace::label() + problem);
  return true;
}

}  // namespace xtape::detail
