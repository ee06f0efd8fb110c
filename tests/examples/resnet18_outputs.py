"""Records what PyTorch's ResNet-18 makes of the weights and images of resnet18_outputs.cpp, for that test.

    /usr/bin/python3 tests/examples/resnet18_outputs.py    # with Debian's python3-torch
"""
import math
import pathlib
import sys

import numpy as np
import torch

folder = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(folder.parent.parent / "examples"))
from resnet18_from_torch import ResNet18


def fractions(name, count):
    """Numbers from 0 to 1 that follow from a name, the same to the bit in C++."""
    seed = 2166136261
    for letter in name.encode():
        seed = (seed ^ letter) * 16777619 % 2**32
    h = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
    for shift, factor in ((15, 2246822519), (13, 3266489917), (16, 1)):
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    return (h >> np.uint32(8)) / 2.0**24


def values(name, shape):
    u = fractions(name, math.prod(shape))
    if len(shape) > 1:
        u = (2 * u - 1) * math.sqrt(6 / math.prod(shape[1:]))
    elif name.endswith(("weight", "running_var")):
        u = u + 0.5
    else:
        u = u - 0.5
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


model = ResNet18()
state = model.state_dict()
for name, value in state.items():
    if value.dim() > 0:
        state[name] = values(name, tuple(value.shape))
model.load_state_dict(state)
model.eval()
images = torch.from_numpy((2 * fractions("images", 224 * 224 * 3) - 1).astype(np.float32).reshape(1, 224, 224, 3))
with torch.no_grad():
    outputs = model(images.permute(0, 3, 1, 2).contiguous())
print("outputs from", float(outputs.min()), "to", float(outputs.max()))
np.save(folder / "resnet18_outputs.npy", outputs.numpy())
