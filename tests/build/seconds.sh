#!/usr/bin/env bash
# seconds.sh START BUDGET BUILD_FOLDER...: where the time since START (seconds since 1970) went: seconds of compiling and
# linking by target, as ninja noted them, and of testing by executable. Fails if it is more than BUDGET seconds.
set -euo pipefail
start=$1 budget=$2
shift 2

# Lines "seconds<TAB>name" added up by name, the largest first.
by_name() {
  awk -F'\t' '{ sum[$2] += $1; all += $1 }
              END { for (name in sum) printf "%8.0f  %s\n", sum[name], name; printf "%8.0f  all\n", all }' | sort -rn | head -n 20
}

for folder in "$@"; do
  echo "$folder, seconds of building by target:"
  # An output that was made twice counts as it was made last. Objects of the library go by their folder in lib.
  awk -F'\t' '!/^#/ { seconds[$4] = ($2 - $1) / 1000 }
              END { for (output in seconds) {
                      name = output
                      if (match(name, /CMakeFiles\/[^\/]+\.dir\//)) {
                        target = substr(name, RSTART + 11, RLENGTH - 16)
                        rest = substr(name, RSTART + RLENGTH)
                        name = target ~ /^xtape_(operations|steps|models)$/ ? "lib/" substr(rest, 1, index(rest, "/") - 1) : target
                      } else name = "linking"
                      print seconds[output] "\t" name } }' "$folder/.ninja_log" | by_name
  echo "$folder, seconds of testing:"
  awk '/^---/ { exit } NF == 3 { name = $1; sub(/\/.*/, "", name); print $3 "\t" name }' \
    "$folder/Testing/Temporary/CTestCostData.txt" | by_name
done

seconds=$(($(date +%s) - start))
echo "All: $seconds s of $budget s"
[ "$seconds" -le "$budget" ] || { echo "This took longer than its budget." >&2; exit 1; }
