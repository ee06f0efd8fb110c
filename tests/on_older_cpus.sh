#!/usr/bin/env bash
# Runs tests on older x86 CPUs, emulated by qemu, as this machine runs them: the same programs choose their instruction
# set by what the CPU says it has, and so do OpenBLAS and oneDNN. Arguments are CPUs (qemu-x86_64-static -cpu help).
# qemu 7 has no AVX-512, so that its Skylake-Server is one with AVX2. Left out are the cases tagged
# [slow], and those beside forbidden pages: qemu 7 touches what AVX's masked loads do not.
set -euo pipefail
cd "$(dirname "$0")/.."

cpus=("$@")
[ ${#cpus[@]} -gt 0 ] || cpus=(Nehalem Haswell Skylake-Server)
folders=(kernels formulas ops golden)

examples/install_packages.sh
examples/install_packages.sh qemu-user-static
cmake --preset release
cmake --build --preset release --target "${folders[@]/#/test_}"

export OMP_NUM_THREADS=2
for cpu in "${cpus[@]}"; do
  for folder in "${folders[@]}"; do
    echo "$cpu, $folder:"
    qemu-x86_64-static -cpu "$cpu" "build/tests/test_$folder" --filenames-as-tags \
      "~[slow]~[#onednn_guard_pages]"
  done
done
