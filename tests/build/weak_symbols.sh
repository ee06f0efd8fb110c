#!/usr/bin/env bash
# weak_symbols.sh NAMESPACE ARCHITECTURES OBJECT...: each weak function in objects that were compiled for a newer
# instruction set is specific to it by its name (xtape's namespace or the tag of an xsimd architecture).
# Any other could be the copy that the linker keeps for everybody, and crash an older CPU.
set -euo pipefail
namespace=$1
architectures=$2
shift 2

symbols=$(nm --demangle "$@" | sed -nE 's/^[0-9a-f]+ W //p' | sort -u)
[ -n "$symbols" ] || { echo "no weak symbols at all: is this the right list of objects?" && exit 1; }
shared=$(grep -vE "xtape::kernels::$namespace\b|_$namespace\(|\b($architectures)\b" <<<"$symbols" || true)
[ -z "$shared" ] || { echo "weak and not specific to $namespace:" && echo "$shared" && exit 1; }
