#!/usr/bin/env bash
# Installs what is missing, builds xtape, gets MNIST, trains a small convolutional network on it and shows what the saved
# model makes of a digit. Arguments go to the training: --epochs 1, --threads 2, --data DIR (see --help). The training
# history and the model are written to build/quickstart (or --output DIR) as history.csv, training_curve.svg and
# mnist_cnn.keras.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/examples/install_packages.sh"
[ -f "$root/build/build.ninja" ] || cmake -S "$root" --preset release
programs=(mnist_cnn)
grep -q predict_digit "$root/build/build.ninja" && programs+=(predict_digit) # where there is stb
cmake --build "$root/build" --target "${programs[@]}"
data=() output=$root/build/quickstart help=
arguments=("$@")
for ((i = 0; i < $#; ++i)); do
  case ${arguments[i]} in
    --data) data=(--data "${arguments[i + 1]:-}") ;;
    --data=*) data=(--data "${arguments[i]#*=}") ;;
    --output) output=${arguments[i + 1]:-} ;;
    --output=*) output=${arguments[i]#*=} ;;
    --help | -h) help=yes ;;
  esac
done
if [ ${#data[@]} -eq 0 ] && [ -z "$help" ]; then
  "$root/examples/get_mnist.sh" || true # the programs fall back on the subset in examples/data
fi
mkdir -p "$root/build/quickstart"
"$root/build/examples/mnist_cnn" --output "$root/build/quickstart" "$@"
[ -n "$help" ] || [ ${#programs[@]} -eq 1 ] ||
  "$root/build/examples/predict_digit" "$output/mnist_cnn.keras" --index 0 "${data[@]}"
