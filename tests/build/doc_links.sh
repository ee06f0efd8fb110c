#!/usr/bin/env bash
# doc_links.sh SOURCE_TREE: every relative link in a Markdown file leads to a file and, where it names one, to a heading
# of it; and every path in backticks that starts like one of the tree's is there. Prints each that is not; fails if there
# is one.
set -euo pipefail
cd "$1"
missing=0

report() {
  echo "$1: $2"
  missing=$((missing + 1))
}

# The anchors of a file's headings, as the repository hosts make them.
anchors() {
  sed -nE 's/^#+ +//p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# Files that a text asks the reader to write.
example='(^|/)cumsum\.(hpp|cpp)$'

files=$(find . -name '*.md' -not -path './build*' -not -path './.git/*' | sort)
[ -n "$files" ] || { echo "no Markdown files below $1" && exit 1; }
for file in $files; do
  while read -r target; do
    case $target in '' | http://* | https://* | mailto:*) continue ;; esac
    path=${target%%#*}
    to=$file
    [ -z "$path" ] || to=$(dirname "$file")/$path
    if [ ! -e "$to" ]; then
      report "$file" "no file behind the link $target"
    elif [[ $target == *#* ]] && ! anchors "$to" | grep -qxF -- "${target#*#}"; then
      report "$file" "no heading behind the link $target"
    fi
  done < <(grep -oE '\]\([^) ]+\)' "$file" | sed -E 's/^\]\(//; s/\)$//')

  while read -r path; do
    [[ $path =~ $example ]] || [ -e "$path" ] || [ -e "lib/$path" ] || report "$file" "no file $path"
  done < <(grep -oE '`(include|lib|tests|docs|examples|benchmarks|cmake|core|formulas|kernels|autograd|ops)/[A-Za-z0-9_./-]+`' "$file" |
    tr -d '`')
done

[ "$missing" -eq 0 ]
