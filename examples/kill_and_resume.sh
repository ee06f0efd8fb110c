#!/usr/bin/env bash
# Runs a program that keeps backups in one go, and once more killed three times and started again, and compares the weights.
#
#   examples/kill_and_resume.sh build/examples/mnist_resume [ARGUMENT...]
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/whole" "$work/killed"
run() { "$@" --verbose 0 --output "$folder" | tail -n 1; }

folder=$work/whole
whole=$(run "$@")
echo "in one go: $whole"

folder=$work/killed
kills=0
while [ $kills -lt 3 ]; do
  before=$(stat -c %i%y "$folder/backup/latest.weights.h5" 2>/dev/null || true)
  "$@" --verbose 0 --output "$folder" >/dev/null &
  program=$!
  # Until there is another backup than the one that it goes on with.
  while kill -0 $program 2>/dev/null; do
    [ "$(stat -c %i%y "$folder/backup/latest.weights.h5" 2>/dev/null || true)" = "$before" ] || break
    sleep 0.01
  done
  kill -KILL $program 2>/dev/null || { echo "the program had ended before it was killed; give more --epochs" >&2; exit 1; }
  wait $program 2>/dev/null || true
  kills=$((kills + 1))
  echo "killed, going on"
done
echo "killed three times: $(run "$@")"

cmp "$work/whole/resumed.npz" "$work/killed/resumed.npz"
echo "the weights are the same, byte for byte"
