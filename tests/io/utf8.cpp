#include "io/utf8.hpp"

#include <xtape/error.hpp>

#include "catch.hpp"

using namespace xtape;
using namespace std::string_view_literals;

TEST_CASE("UTF-8 is what the standard says") {
  for (const std::string_view text :
       {""sv, "kernel"sv, "\0"sv, "\x7f"sv, "gr\xc3\xb6\xc3\x9f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv,
        "\xed\x9f\xbf"sv, "\xee\x80\x80"sv, "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv,
        "a\xe5\xb1\x82z"sv}) {
    INFO(text);
    CHECK(io::is_utf8(text));
  }
  for (const std::string_view text :
       {"\x80"sv, "\xff\xfe"sv, "gr\xf6\xdf"sv, "\xc3"sv, "\xc3z"sv, "\xe5\xb1"sv, "\xc0\x80"sv, "\xc1\xbf"sv,
        "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv, "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf8\x88\x80\x80\x80"sv}) {
    INFO(text);
    CHECK_FALSE(io::is_utf8(text));
  }
  CHECK_NOTHROW(io::check_utf8("an array", "gr\xc3\xb6\xc3\x9f"));
  CHECK_THROWS_WITH(io::check_utf8("an array", "gr\xf6\xdf\n"),
                    "an array has a name in UTF-8, given \"gr\\xf6\\xdf\\x0a\", which is in another encoding");
}
