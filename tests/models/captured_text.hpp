#pragma once

#include <ostream>
#include <sstream>
#include <string>

namespace xtape::test {

/// What is written to a stream while an instance lives.
class CapturedText {
 public:
  explicit CapturedText(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~CapturedText() { stream_.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

}  // namespace xtape::test
