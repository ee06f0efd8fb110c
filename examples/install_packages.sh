#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that xtape is built from, or those given as arguments, where they are
# missing. Without apt-get, or without root or sudo, it prints what to install and goes on.
set -euo pipefail

packages=("$@")
if [ ${#packages[@]} -eq 0 ]; then
  packages=(g++ cmake ninja-build ccache pkg-config curl ca-certificates libxtensor-dev libxtensor-blas-dev
    libxsimd-dev libopenblas-openmp-dev libdnnl-dev zlib1g-dev catch2 nlohmann-json3-dev libcairo2-dev
    libprotobuf-dev protobuf-compiler libhdf5-dev libzip-dev libcli11-dev libstb-dev fonts-dejavu-core)
fi

if ! command -v apt-get >/dev/null; then
  echo "Not a Debian system: install these or their equivalents by hand: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Neither root nor sudo: have these installed: ${missing[*]}" >&2
    exit 0
  fi
  as_root=(sudo)
fi

echo "Installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >"$log" 2>&1; }
if ! { apt update && apt install --no-install-recommends "${missing[@]}"; }; then
  tail -n 20 "$log" >&2
  echo "apt-get could not install: ${missing[*]}" >&2
  exit 1
fi
