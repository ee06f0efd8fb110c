"""Elements by their positions."""

import torch
import torch.nn.functional as F

from case import Case, Given, Reals


def take(x, indices, axis):
    axis %= x.dim()
    flat = indices.reshape(-1) % x.shape[axis]
    shape = x.shape[:axis] + indices.shape + x.shape[axis + 1:]
    return torch.index_select(x, axis, flat).reshape(shape)


def take_along_axis(x, indices, axis):
    return torch.gather(x, axis, indices % x.shape[axis])


def cases():
    for name, shape, indices, axis in (
        ("rows", (4, 3), [2, 0], 0), ("repeated and negative", (4, 3), [1, -1, 1, 3, 1], 0),
        ("columns", (3, 5), [4, 0, -2], -1), ("a matrix of them", (5, 2), [[0, 4, 1], [1, 1, 3]], 0),
        ("one", (3, 4), 2, 1), ("none", (3, 2), [], 0), ("middle", (2, 4, 3), [[3], [0]], 1),
        ("vector", (7,), [6, 5, 0, 0, 0, 2], 0),
    ):
        yield Case("take", name, {"axis": axis}, [Reals(shape), Given(indices, torch.int64)],
                   lambda x, i, a=axis: take(x, i, a))
    for name, shape, indices, axis in (
        ("rows", (3, 2), [[0, 2], [1, -1], [2, 2], [0, 0]], 0), ("columns", (2, 4), [[3, 1], [-1, 3]], 1),
        ("vector", (5,), [1, 1, 4], 0),
    ):
        yield Case("take_along_axis", name, {"axis": axis}, [Reals(shape), Given(indices, torch.int64)],
                   lambda x, i, a=axis: take_along_axis(x, i, a))
    for name, labels in (("vector", [2, 0, 1]), ("matrix", [[0, 3], [1, 1]]), ("0-dimensional", 2)):
        yield Case("one_hot", name, {"classes": 4}, [Given(labels, torch.int64)],
                   lambda labels: F.one_hot(labels, 4).double())
