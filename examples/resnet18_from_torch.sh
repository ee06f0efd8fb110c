#!/usr/bin/env bash
# resnet18_from_torch.sh PROGRAM: has PyTorch write a ResNet-18 and the program read it. Ends with 77 where there is no
# Python with torch.
set -euo pipefail

# Debian's python3-torch belongs to Debian's Python.
python=/usr/bin/python3
"$python" -c 'import torch' 2>/dev/null || python=python3
if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "left out: no Python here has torch, which would make the weights: apt-get install python3-torch (about 85 MB)"
  echo "Outputs that PyTorch gave before are compared with in tests/examples/resnet18_outputs.cpp."
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" "$(dirname "$0")/resnet18_from_torch.py" "$folder"
"$1" --data "$folder"
