#!/usr/bin/env bash
# Runs the tests in which threads of the user meet under ThreadSanitizer. Arguments go to ctest.
#
# ThreadSanitizer does not see how the threads of libgomp wait for each other and would report every parallel region, so
# OpenMP gets one thread (OMP_THREAD_LIMIT in the preset): the threads that meet are those that the tests start. Teams
# of OpenMP share no data but what core/parallel.hpp and core/shares.hpp hand out, which have tests of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

examples/install_packages.sh
cmake --preset tsan
cmake --build --preset tsan --target test_autograd test_core test_kernels test_models
ctest --preset tsan -R '^(autograd/(concurrent_runs|graphs_on_threads)|core/threads|kernels/lru_cache|models/inference)$' "$@"
