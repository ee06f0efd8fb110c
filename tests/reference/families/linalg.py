"""Products of matrices, and dense layers."""

import torch
import torch.nn.functional as F

from case import Case, Reals

ACTIVATIONS = {"linear": lambda x: x, "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}


def cases():
    for name, a, b in (
        ("matrices", (3, 4), (4, 2)), ("vectors", (5,), (5,)), ("vector and matrix", (3,), (3, 4)),
        ("matrix and vector", (2, 3), (3,)), ("stacks", (2, 3, 2), (2, 2, 3)), ("stack and matrix", (2, 3, 2), (2, 4)),
        ("stacks broadcast", (2, 1, 2, 3), (3, 3, 2)), ("vector and stack", (3,), (2, 3, 2)),
        ("stack and vector", (2, 2, 3), (3,)), ("inner length 1", (3, 1), (1, 4)), ("inner length 0", (2, 0), (0, 3)),
        ("no rows", (0, 3), (3, 2)), ("one row", (1, 9), (9, 5)), ("one column", (5, 9), (9, 1)),
        ("larger", (9, 19), (19, 17)),
    ):
        yield Case("matmul", name, {}, [Reals(a), Reals(b)], torch.matmul)

    def dense(name, x, units, activation="linear", bias=True):
        def function(x, kernel, bias):
            return ACTIVATIONS[activation](F.linear(x, kernel.T, bias))

        config = {} if activation == "linear" else {"activation": activation}
        return Case("dense", name, config, [Reals(x), Reals((x[-1], units), -1, 1), Reals((units,)) if bias else None],
                    function)

    for activation in ACTIVATIONS:
        yield dense(f"matrix, {activation}", (4, 3), 5, activation)
        yield dense(f"without bias, {activation}", (2, 3), 3, activation, bias=False)
    yield dense("vector", (3,), 2, "tanh")
    yield dense("sequences", (2, 3, 4), 3, "sigmoid")
    yield dense("one row, one unit", (1, 7), 1, "relu")
    yield dense("no rows", (0, 3), 2, "tanh")
    yield dense("larger", (7, 18), 17, "relu")
