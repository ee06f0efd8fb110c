#!/usr/bin/env bash
# Builds the benchmarks and their libtorch twins, runs them in turn, prints a table and writes compare.csv
# (name,threads,unit,xtape,libtorch,ratio; smaller times are better, ratio > 1: xtape is faster).
#
#   benchmarks/compare.sh [--only GROUP,...] [--threads "1 2"] [--runs N] [--build FOLDER] [--output FILE]
#
# Groups: train start transforms elementwise reductions shapes matmuls convolutions networks chains optimizers inference.
# Each value is the median of at least 5 runs, taken alternately; rows that spread by more than 15 % run again.
# libtorch is shown at its best: with both allocators and in both image layouts, the faster one counts.
# With --only, the rows measured replace those in compare.csv and the others stay.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
all_ops="elementwise,reductions,shapes,matmuls,convolutions,networks,chains,optimizers,inference"
only="train,start,transforms,$all_ops"
threads="1 2"
runs=5
build=$here/../build
output=$here/compare.csv
while [ $# -gt 0 ]; do
  case $1 in
    --only) only=$2 ;;
    --threads) threads=$2 ;;
    --runs) runs=$2 ;;
    --build) build=$2 ;;
    --output) output=$2 ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
  shift 2
done

cmake -S "$here/.." -B "$build" -DCMAKE_BUILD_TYPE=Release -DXTAPE_BUILD_BENCHMARKS=ON \
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
cmake --build "$build" --parallel "$(nproc)" --target benchmarks >/dev/null
ours=$build/benchmarks
theirs=$build/benchmarks/torch
[ -x "$theirs/bench_ops_torch" ] || { echo "compare.sh: libtorch is missing (Debian: libtorch-dev)" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=$work/results  # side setting name threads unit value

# libtorch's OpenBLAS takes CPUs newer than itself for very old ones; tell it what this one can do.
if grep -qw avx512f /proc/cpuinfo; then blas_core=SKYLAKEX; elif grep -qw avx2 /proc/cpuinfo; then blas_core=HASWELL; fi
tcmalloc=$(ldconfig -p | sed -n 's/.*libtcmalloc_minimal\.so\.4 .*=> //p' | head -n 1)

run_ours() { "$ours/$1" "${@:2}" | sed 's/^/xtape default /' >>"$results"; }

run_theirs() {
  local setting preload
  for setting in glibc ${tcmalloc:+tcmalloc}; do
    preload=
    [ $setting = glibc ] || preload=$tcmalloc
    env ${blas_core:+OPENBLAS_CORETYPE=$blas_core} ${preload:+LD_PRELOAD=$preload} \
      "$theirs/$1_torch" "${@:2}" | sed "s/^/libtorch $setting /" >>"$results"
  done
}

# run_training THREADS MODEL BATCH
run_training() {
  local arguments="--threads $1 --model $2 --batch $3"
  [[ $2 != *mlp ]] || arguments+=" --epochs 1"
  run_ours bench_train $arguments
  run_theirs bench_train $arguments --flush_denormal 1
  [ "$2" != cnn ] || run_theirs bench_train $arguments --flush_denormal 1 --variant channels_last
}

milliseconds() {
  local start=${EPOCHREALTIME/./}
  "$@" >/dev/null
  echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

compile() {
  local entry command
  entry=$(grep -F "/benchmarks/$1\"" -B 2 "$build/compile_commands.json")
  command=$(sed -n 's/^ *"command": "\(.*\)",$/\1/p' <<<"$entry")
  (cd "$(sed -n 's/^ *"directory": "\(.*\)",$/\1/p' <<<"$entry")" && CCACHE_DISABLE=1 eval "$command -o /dev/null")
}

run_start() {
  echo "xtape default start.hello 1 ms $(milliseconds "$ours/hello")"
  echo "libtorch default start.hello 1 ms $(milliseconds "$theirs/hello_torch")"
  echo "xtape default compile.hello 1 ms $(milliseconds compile hello.cpp)"
  echo "libtorch default compile.hello 1 ms $(milliseconds compile torch/hello.cpp)"
} >>"$results"

# Medians per row and side, the fastest variant of each; `unsteady` gets the rows whose quarter to three-quarter range
# is above 15 %.
summarize() {
  awk -v unsteady="$work/unsteady" '
    function sorted(key, n,   i, j, v) {
      for (i = 2; i <= n; i++) {
        v = value[key, i]
        for (j = i - 1; j > 0 && value[key, j] > v; j--) value[key, j + 1] = value[key, j]
        value[key, j + 1] = v
      }
    }
    {
      row = $3; sub(/@.*/, "", row); row = row " " $4 " " $5
      if (!(row in seen)) { seen[row] = 1; rows[++row_count] = row }
      key = $1 " " $2 " " $3 " " $4
      if (!(key in count)) { keys[++key_count] = key; row_of[key] = row; side_of[key] = $1 }
      value[key, ++count[key]] = $6 + 0
    }
    END {
      for (i = 1; i <= key_count; i++) {
        key = keys[i]; n = count[key]; sorted(key, n)
        median = value[key, int((n + 1) / 2)]
        spread = (value[key, int((3 * n + 3) / 4)] - value[key, int((n + 3) / 4)]) / median
        best = row_of[key] SUBSEP side_of[key]
        if (!(best in fastest) || median < fastest[best]) { fastest[best] = median; spread_of[best] = spread }
      }
      printf "" >unsteady
      for (i = 1; i <= row_count; i++) {
        row = rows[i]; split(row, part, " ")
        a = row SUBSEP "xtape"; b = row SUBSEP "libtorch"
        if (!(a in fastest) || !(b in fastest)) { print "only one side has " row >"/dev/stderr"; continue }
        printf "%s,%s,%s,%.4g,%.4g,%.2f\n", part[1], part[2], part[3], fastest[a], fastest[b], fastest[b] / fastest[a]
        if (spread_of[a] > 0.15 || spread_of[b] > 0.15) print part[1], part[2] >unsteady
      }
    }' "$results"
}

groups=${only//,/ }
ops=
for group in $groups; do
  case ",train,start,transforms,$all_ops," in
    *",$group,"*) ;;
    *) echo "compare.sh: unknown group $group" >&2; exit 2 ;;
  esac
  case $group in train | start | transforms) ;; *) ops+=${ops:+,}$group ;; esac
done
has() { case ",$only," in *",$1,"*) return 0 ;; *) return 1 ;; esac; }
training_cases="mlp:32 functional_mlp:32 mlp:128 cnn:128 lstm:128 transformer:32"

for ((run = 1; run <= runs; ++run)); do
  echo "run $run of $runs" >&2
  for count in $threads; do
    if [ -n "$ops" ]; then
      run_ours bench_ops --threads "$count" --only "$ops"
      run_theirs bench_ops --threads "$count" --only "$ops"
    fi
    if has transforms; then
      run_ours bench_transforms --threads "$count"
      run_theirs bench_transforms --threads "$count"
    fi
    if has train; then
      for case in $training_cases; do run_training "$count" "${case%:*}" "${case#*:}"; done
    fi
  done
  if has start; then run_start; fi
done

summarize >"$work/rows" 2>/dev/null
for ((run = 1; run <= runs; ++run)); do
  [ -s "$work/unsteady" ] || break
  [ "$run" -gt 1 ] || echo "$(wc -l <"$work/unsteady") rows spread by more than 15 %: once more" >&2
  for count in $threads; do
    rows=$(awk -v count="$count" '$2 == count && $1 !~ /^(train|memory|start|compile|transforms)\./ { print $1 }' "$work/unsteady" |
      paste -sd,)
    if [ -n "$rows" ]; then
      run_ours bench_ops --threads "$count" --only "$ops" --rows "$rows"
      run_theirs bench_ops --threads "$count" --only "$ops" --rows "$rows"
    fi
    for case in $training_cases; do
      ! grep -qx "train\.${case/:/.} $count" "$work/unsteady" || run_training "$count" "${case%:*}" "${case#*:}"
    done
  done
done
summarize >"$work/rows"

header=name,threads,unit,xtape,libtorch,ratio
touch "$output"
{
  echo "$header"
  awk -F, 'NR == FNR { fresh[$1 "," $2] = $0; order[++n] = $1 "," $2; next }
    $1 == "name" { next }
    ($1 "," $2) in fresh { print fresh[$1 "," $2]; delete fresh[$1 "," $2]; next }
    { print }
    END { for (i = 1; i <= n; i++) if (order[i] in fresh) print fresh[order[i]] }' "$work/rows" "$output"
} >"$work/compare.csv"
cp "$work/compare.csv" "$output"

{ echo "$header"; cat "$work/rows"; } | awk -F, '{ printf "%-46s %7s %9s %10s %10s %7s\n", $1, $2, $3, $4, $5, $6 }'
awk -F, '$1 !~ /^(train|memory|start|compile|transforms)\./ { sum[$2] += log($6); n[$2]++ }
  END { for (t in n) printf "geometric mean of the ratios of single ops, %s threads: %.2f\n", t, exp(sum[t] / n[t]) }' "$work/rows"
