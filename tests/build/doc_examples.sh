#!/usr/bin/env bash
# doc_examples.sh SOURCE_TREE NAME FILE: writes a test of the blocks of docs/NAME.md that begin with ```cpp run. A line
# `expression;  // = value` becomes a check.
set -euo pipefail
mkdir -p "$(dirname "$3")"
awk -v name="$2" '
  BEGIN {
    print "#include <array>\n#include <cmath>\n#include <cstdio>\n#include <string>\n#include <vector>\n#include <xtape/xtape.hpp>\n"
    print "#include \"catch.hpp\"\n#include \"support/sample_tensors.hpp\"\n"
    print "using namespace xtape;\n"
    print "[[maybe_unused]] static Tensor sample_input(const Shape& shape) { return test::sample(shape, {-1, 1}); }\n"
  }
  /^```cpp run$/ { print "TEST_CASE(\"docs/" name ".md, line " NR "\") {"; inside = 1; next }
  /^```$/ { if (inside) print "}\n"; inside = 0; next }
  inside && match($0, /;  \/\/ = /) {
    print "  CHECK((" substr($0, 1, RSTART - 1) ") == " substr($0, RSTART + RLENGTH) ");"
    next
  }
  inside { print "  " $0 }
' "$1/docs/$2.md" >"$3"
