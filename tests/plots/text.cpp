#include "plots/text.hpp"

#include "catch.hpp"
#include "plots/base64.hpp"

using namespace xtape::plots;

TEST_CASE("text is made valid UTF-8 without control characters") {
  CHECK(valid_text("naïve 模型 🙂") == "naïve 模型 🙂");
  const std::string mark = "\xef\xbf\xbd";
  CHECK(valid_text("a\x01\n\x7f") == "a" + mark + mark + mark);
  CHECK(valid_text("\xff") == mark);
  CHECK(valid_text("\xc0\x80") == mark + mark);             // 0 in two bytes
  CHECK(valid_text("\xed\xa0\x80") == mark + mark + mark);  // half of a pair of UTF-16
  CHECK(valid_text("\xe6\xa8") == mark + mark);             // cut short
}

TEST_CASE("text is cut to a width at whole letters") {
  CHECK(fitted("short", 1000, 12) == "short");
  const std::string cut = fitted("模型模型模型模型", 60, 12);
  CHECK(text_width(cut, 12) <= 60);
  CHECK(valid_text(cut) == cut);
  CHECK(cut == "模型模型…");
  CHECK(fitted("abc", 0, 12) == "…");
}

TEST_CASE("bytes as letters of base 64") {
  // RFC 4648, section 10.
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe") == "//4=");
}
