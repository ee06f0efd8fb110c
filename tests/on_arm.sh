#!/usr/bin/env bash
# Cross-compiles xtape for 64-bit ARM on Debian, without oneDNN, and runs its tests emulated by qemu, without the cases
# tagged [slow]. Arguments go to ctest: tests/on_arm.sh -R kernels
set -euo pipefail
cd "$(dirname "$0")/.."

folders=(kernels formulas ops autograd layers golden)
packages=(libstdc++6 zlib1g-dev libopenblas-openmp-dev libxtensor-dev libxtensor-blas-dev libxsimd-dev catch2
  nlohmann-json3-dev)
root=$PWD/build-arm/root

# The arm64 packages and all that they depend on, unpacked into a folder, by an apt that knows neither this system's
# packages nor its architecture.
unpack_packages() {
  local apt=$PWD/build-arm/apt
  rm -rf "$apt" "$root"
  mkdir -p "$apt"/{state/lists,cache/archives}/partial "$root"
  : >"$apt/status"
  # From where this system has its own packages.
  local release mirror
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $release" | head -n 1)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<-EOF
	APT::Architecture "arm64";
	APT::Architectures { "arm64"; };
	APT::Sandbox::User "";
	Dir::State "$apt/state";
	Dir::State::status "$apt/status";
	Dir::Cache "$apt/cache";
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "-";
	EOF
  APT_CONFIG=$apt/apt.conf apt-get -qq update
  APT_CONFIG=$apt/apt.conf apt-get -qq --yes --no-install-recommends --download-only install "${packages[@]}"

  mkdir -p "$root/usr/lib"
  ln -s usr/lib "$root/lib"
  for package in "$apt"/cache/archives/*.deb; do dpkg-deb --extract "$package" "$root"; done
  # Absolute links would lead to this system's libraries.
  find "$root" -type l -lname '/*' | while read -r link; do ln -sfr "$root$(readlink "$link")" "$link"; done
}

examples/install_packages.sh cmake ninja-build ccache g++-aarch64-linux-gnu qemu-user-static
[ -e build-arm/unpacked ] || { unpack_packages && touch build-arm/unpacked; }

cmake -S . -B build-arm -G Ninja -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/aarch64-linux-gnu.cmake" -DXTAPE_ARM_ROOT="$root" \
  -DCMAKE_BUILD_TYPE=Release -DXTAPE_WITH_ONEDNN=OFF -DXTAPE_WARNINGS_AS_ERRORS=ON -DXTAPE_BUILD_EXAMPLES=OFF
cmake --build build-arm --target "${folders[@]/#/test_}" test_golden_guarded test_layers_guarded
# Operations beside forbidden pages take too long emulated.
OMP_NUM_THREADS=2 ctest --test-dir build-arm --output-on-failure \
  -R "^(($(IFS='|' && echo "${folders[*]}"))/|(golden|layers)@guarded|kernels@mistyped)" "$@"
