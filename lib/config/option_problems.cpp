#include <utility>
#include <xtape/detail/option_problems.hpp>

namespace xtape::detail {
namespace {

constinit thread_local OptionProblems* innermost = nullptr;

}  // namespace

OptionProblems::OptionProblems() : around_(std::exchange(innermost, this)) {}

OptionProblems::~OptionProblems() { innermost = around_; }

bool OptionProblems::take(const std::string& problem) {
  if (!innermost) return false;
  innermost->all_.push_back(problem);
  return true;
}

}  // namespace xtape::detail
