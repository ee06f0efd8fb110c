#!/usr/bin/env bash
# Installs what is missing, builds xtape and runs all tests. Other arguments go to ctest: tests/run.sh -R conv
#   --quick   for daily work: no lower instruction sets, no guard pages, no long tests, and nothing of
#             tests/build/CMakeLists.txt: layering, links and code of the texts, errors of the compiler, header
#             budget, symbols, installed package, program sizes
set -euo pipefail
cd "$(dirname "$0")/.."

selection=()
if [ "${1:-}" = --quick ]; then
  shift
  selection=(--label-exclude '^(instruction_set|guarded|long|build)$')
fi

examples/install_packages.sh
# With which a test reads what was written; without it that says what is missing.
examples/install_packages.sh python3-h5py || true
cmake --preset release
cmake --build --preset release
ctest --preset release "${selection[@]}" "$@"
