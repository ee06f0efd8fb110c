#!/usr/bin/env bash
# adding_an_op.sh SOURCE_TREE FOLDER: writes the files of the third example of docs/adding_an_op.md into FOLDER, each at
# the path that the text before it names. The declaration goes into a copy of its header, the file into a copy of the
# registry; the row becomes a table of operations that holds nothing else.
set -euo pipefail
tree=$1 folder=$2
rm -rf "$folder"

awk -v folder="$folder" '
  /^##/ { wanted = /^### 3/ }
  !wanted { next }
  /^ *```cpp$/ { file = folder "/" path; system("mkdir -p \"$(dirname \"" file "\")\""); inside = 1; next }
  /^ *```$/ { if (inside) close(file); inside = 0; next }
  inside { sub(/^   /, ""); print > file; next }
  {
    for (rest = $0; match(rest, /(include|lib|tests)\/[a-z0-9_\/]+\.(hpp|cpp)/); rest = substr(rest, RSTART + RLENGTH))
      path = substr(rest, RSTART, RLENGTH)
  }
' "$tree/docs/adding_an_op.md"

header=include/xtape/ops/reduction.hpp
declaration=$(cat "$folder/$header")
awk -v declaration="$declaration" '/^}  \/\/ namespace xtape$/ { print declaration "\n" } { print }' \
  "$tree/$header" >"$folder/$header"

registry=lib/ops/registry.hpp
sed 's/DO(reduction, extremum)/DO(reduction, cumsum) &/' "$tree/$registry" >"$folder/$registry"

cases=tests/ops/reduction_cases.cpp
row=$(cat "$folder/$cases")
{
  grep '^#include' "$tree/$cases"
  printf '\nnamespace xtape::test {\nnamespace {\n\n%s\n\n}  // namespace\n\n' "$row"
  printf 'const std::vector<OpCase>& op_cases() {\n  static const std::vector<OpCase> cases{cumsum_row()};\n'
  printf '  return cases;\n}\n\n}  // namespace xtape::test\n'
} >"$folder/$cases"
