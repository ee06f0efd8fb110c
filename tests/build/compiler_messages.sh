#!/usr/bin/env bash
# compiler_messages.sh COMPILER SOURCE_TREE: docs/keras.md, "What the compiler says and what it means": blocks that begin
# with ```cpp refused do not compile, with the message below them, and those that begin with ```cpp compiles do.
set -euo pipefail
compiler=$1 tree=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C # plain quotes

# The compiler that the messages are of; another one, or another version, may word them otherwise.
if "$compiler" --version | grep -q clang; then name=clang; else name=g++; fi
name="$name $("$compiler" -dumpversion | cut -d . -f 1)"

awk -v work="$work" '
  function file(kind) { return work "/" kind (kind == "refused" ? refused : "") ".cpp" }
  function open_function(to) {
    if (!(to in begun)) print "#include <xtape/xtape.hpp>\nusing namespace xtape;" >to
    begun[to] = 1
    print "void function_" NR "(Tensor x, Tensor y, Sequential model) {\n#line 1 \"line_" NR "\"" >to
  }
  /^## / { inside = $0 == "## What the compiler says and what it means" }
  !inside { next }
  /^```cpp refused$/ { ++refused; open_function(out = file("refused")); next }
  /^```cpp compiles$/ { open_function(out = file("compiles")); next }
  /^```$/ { if (out != "") print "}" >out; out = ""; next }
  out != "" { print >out; next }
  /^- / { print substr($0, 3) >(work "/refused" refused ".messages") }
' "$tree/docs/keras.md"

# Read once; clang, which takes no such file for the header, goes on to the header itself.
mkdir "$work/xtape"
"$compiler" -std=c++20 -w -I"$tree/include" -x c++-header "$tree/include/xtape/xtape.hpp" -o "$work/xtape/xtape.hpp.gch"

compile() { # compile FILE
  "$compiler" -std=c++20 -I"$work" -I"$tree/include" -fsyntax-only -x c++ "$1" 2>&1
}

compile "$work/compiles.cpp" >"$work/output" || { echo "what should compile does not:" && cat "$work/output" && exit 1; }

number=0
while [ -e "$work/refused$((number + 1)).cpp" ]; do
  number=$((number + 1))
  program=$work/refused$number.cpp
  status=refused
  if compile "$program" >"$work/output"; then status=compiles; fi
  # `g++ 12: message` or `clang 14 (a warning): message`
  said=$(grep -F -e "$name:" -e "$name (a warning):" "$work/refused$number.messages" || true)
  expected=refused
  if [[ $said == *"(a warning):"* ]]; then expected=compiles; fi
  if [[ -n $said && $status != "$expected" ]]; then
    echo "expected: $expected; is: $status:" && cat "$program" "$work/output" && exit 1
  fi
  message=$(sed -E 's/^[^`]*`(.*)`$/\1/' <<<"$said")
  if [ -n "$said" ] && ! grep -qF -- "$message" "$work/output"; then
    echo "no \"$message\" for" && cat "$program" && echo "in" && cat "$work/output" && exit 1
  fi
done
[ "$number" -gt 0 ] || { echo "no block begins with \`\`\`cpp refused" && exit 1; }
