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

    for equation, *shapes in (
        ("ij,jk->ik", (2, 3), (3, 4)), ("abc,cd->abd", (2, 2, 3), (3, 2)), ("abcd,cde->abe", (2, 1, 2, 3), (2, 3, 2)),
        ("aecd,abcd->acbe", (2, 3, 2, 2), (2, 1, 2, 2)), ("ij,ij->j", (2, 3), (2, 3)), ("i,j", (2,), (3,)),
        ("ii->i", (3, 3)), ("ii", (3, 3)), ("ba", (2, 3)), ("...ij,jk->...ik", (2, 2, 3), (3, 2)),
        ("...i,...i->...", (2, 1, 3), (2, 3)), ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)), ("ij,jk->ik", (2, 0), (0, 2)),
    ):
        yield Case("einsum", f"{equation} {shapes}", {"equation": equation}, [Reals(shape) for shape in shapes],
                   lambda *x, e=equation: torch.einsum(e, *x))
    for name, a, b, axes in (
        ("two axes", (2, 3, 2), (3, 2, 4), [[1, 2], [0, 1]]), ("chosen axes", (2, 3, 4), (4, 2, 2), [[0, 2], [1, 0]]),
        ("one axis", (2, 3), (3, 2), [[1], [0]]), ("none", (2,), (3,), [[], []]),
    ):
        yield Case("tensordot", name, {"axes_a": axes[0], "axes_b": axes[1]}, [Reals(a), Reals(b)],
                   lambda a, b, axes=axes: torch.tensordot(a, b, axes))
    for a, b, axes, equation in (
        ((2, 3, 2), (2, 2, 4), (2, 1), "nai,nib->nab"), ((2, 3, 2), (2, 3, 4), (1, 1), "nia,nib->nab"),
        ((2, 3), (2, 2, 3), (1, 2), "ni,nai->na"),
    ):
        yield Case("batch_dot", f"{a} {b}", {"axis_a": axes[0], "axis_b": axes[1]}, [Reals(a), Reals(b)],
                   lambda a, b, e=equation: torch.einsum(e, a, b))
    yield Case("batch_dot", "vectors", {"axis_a": 1, "axis_b": 1}, [Reals((2, 3)), Reals((2, 3))],
               lambda a, b: (a * b).sum(1, keepdim=True))

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
