#!/usr/bin/env bash
# Builds the fuzzers of file formats with clang and runs each of them for so many seconds:
#
#   tests/fuzz/run.sh SECONDS [FORMAT...]
#
# The build is that of the preset asan, with clang. What is found interesting stays in build-asan/fuzz/corpus, for the
# next run. A find ends the script with an error; its bytes are in build-asan/fuzz/finds.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:?tests/fuzz/run.sh SECONDS [FORMAT...]}
shift

examples/install_packages.sh
examples/install_packages.sh clang libclang-rt-dev libomp-dev
cmake --preset asan -DCMAKE_CXX_COMPILER=clang++ -DXTAPE_BUILD_FUZZERS=ON
cmake --build --preset asan --target fuzzers
programs=$PWD/build-asan/tests/fuzz
out=$PWD/build-asan/fuzz
mkdir -p "$out"

# Files to begin with: those of Keras, what is in them, and a small one of each other format.
seeds=$out/seed_files
rm -rf "$seeds"
mkdir -p "$seeds"/{hdf5,json,keras,legacy_h5,model,npy,pickle,pt}
"$programs/fuzz_seeds" "$seeds"
golden=$PWD/tests/golden/data
for file in $(find "$golden/files" "$golden/releases" -type f); do
  name=${file#"$golden/"}
  name=${name//\//_}
  case $file in
    *.weights.h5) cp "$file" "$seeds/hdf5/$name" ;;
    *.h5) tee "$seeds/hdf5/$name" <"$file" >"$seeds/legacy_h5/$name" ;;
    *.keras)
      cp "$file" "$seeds/keras/$name"
      (cd "$out" && cmake -E tar xf "$file" config.json && tee "$seeds/json/$name" <config.json >"$seeds/model/$name")
      ;;
    *.pt)
      cp "$file" "$seeds/pt/$name"
      # Each archive has a folder of its own.
      rm -rf "$out/unpacked" && mkdir "$out/unpacked"
      (cd "$out/unpacked" && cmake -E tar xf "$file" && cp ./*/data.pkl "$seeds/pickle/$name")
      ;;
    *.x0.npy) cp "$file" "$seeds/npy/$name" ;;
  esac
done

if [ $# -eq 0 ]; then
  for source in tests/fuzz/*.cpp; do set -- "$@" "$(basename "$source" .cpp)"; done
fi
mkdir -p "$out/finds"
# What is too large is an error, as it is without the sanitizer.
export ASAN_OPTIONS=allocator_may_return_null=1
run() {
  local format=$1
  mkdir -p "$out/corpus/$format"
  "$programs/fuzz_$format" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$out/finds/$format-" "$out/corpus/$format" "$seeds/$format" \
    >"$out/$format.log" 2>&1 || { tail -n 40 "$out/$format.log" && return 1; }
  echo "$format: $(sed -n 's/stat::number_of_executed_units: *//p' "$out/$format.log") files, nothing found"
}
export -f run
export out programs seeds seconds
printf '%s\n' "$@" | xargs -P 2 -I FORMAT bash -c 'run FORMAT'
