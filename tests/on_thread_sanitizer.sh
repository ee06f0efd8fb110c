#!/usr/bin/env bash
# Runs the tests in which threads meet, those of the user and those of the pool, under ThreadSanitizer. Arguments go to
# ctest. OpenMP's library, which oneDNN and BLAS come with, starts no team: each call of theirs is one thread's part.
# Of fork() it knows too little: threads that a child starts are not known to it.
set -euo pipefail
cd "$(dirname "$0")/.."

examples/install_packages.sh
cmake --preset tsan
cmake --build --preset tsan --target test_autograd test_core test_kernels test_models
ctest --preset tsan -R '^(autograd/(concurrent_runs|graphs_on_threads)|core/(parallel|threads)|kernels/lru_cache|models/inference)$' "$@"
TSAN_OPTIONS=halt_on_error=1 build-tsan/tests/test_models "training has the same bits*"
