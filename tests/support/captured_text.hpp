#pragma once

#include <ostream>
#include <sstream>
#include <string>

namespace xtape::test {

// What is written to a stream, std::cout for one, while an instance lives.
class CapturedText {
 public:
  explicit CapturedText(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~CapturedText() { stream_.rdbuf(before_); }
  CapturedText(const CapturedText&) = delete;
  CapturedText& operator=(const CapturedText&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

}  // namespace xtape::test
