#!/usr/bin/env bash
# no_destructors_at_exit.sh OBJECT...: no object of the library has static variables that are destroyed when main returns:
# other threads may still compute with them. (Those of <iostream> are the standard library's, which knows.)
set -euo pipefail

destroyed=$(for object in "$@"; do
  needed=$(nm --undefined-only "$object")
  if grep -q __cxa_atexit <<<"$needed" && ! grep -q _ZNSt8ios_base4InitC1Ev <<<"$needed"; then echo "$object"; fi
done)
[ -z "$destroyed" ] || { echo "have static variables with destructors:" && echo "$destroyed" && exit 1; }
