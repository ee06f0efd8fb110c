#!/usr/bin/env bash
# no_destructors_at_exit.sh OBJECT...: no object of the library has static variables that are destroyed when main returns:
# other threads may still compute with them. (Those of <iostream> are the standard library's, which knows.)
set -euo pipefail

destroyed=$(nm -A --undefined-only "$@" | awk -F: '
  /__cxa_atexit/ { destroys[$1] }
  /_ZNSt8ios_base4InitC1Ev/ { streams[$1] }
  END { for (object in destroys) if (!(object in streams)) print object }')
[ -z "$destroyed" ] || { echo "have static variables with destructors:" && echo "$destroyed" && exit 1; }
