#!/usr/bin/env bash
# Installs what is missing, builds xtape and runs all tests. Arguments go to ctest: tests/run.sh -R conv
set -euo pipefail
cd "$(dirname "$0")/.."

examples/install_packages.sh
cmake --preset release
cmake --build --preset release
ctest --preset release "$@"
