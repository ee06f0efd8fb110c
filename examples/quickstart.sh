#!/usr/bin/env bash
# Installs what is missing, builds xtape, gets MNIST and trains a small convolutional network on it. Arguments
# go to the program: --epochs 1, --threads 2, --data DIR (see --help). The training history is written to
# build/quickstart (or --output DIR) as history.csv and training_curve.svg.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/examples/install_packages.sh"
[ -f "$root/build/build.ninja" ] || cmake -S "$root" --preset release
cmake --build "$root/build" --target mnist_cnn
case " $* " in
  *" --data "* | *" --help "*) ;;
  *) "$root/examples/get_mnist.sh" || true ;; # the program falls back on the subset in examples/data
esac
mkdir -p "$root/build/quickstart"
exec "$root/build/examples/mnist_cnn" --output "$root/build/quickstart" "$@"
