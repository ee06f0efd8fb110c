"""Softmax and the cross-entropies."""

import torch
import torch.nn.functional as F

from case import Case, Given, Reals

LOWEST = 1e-7


def clipped(probabilities):
    return torch.clamp(probabilities, LOWEST, 1 - LOWEST)


def scaled(probabilities):
    """To the sum 1, then clipped: Keras's, which PyTorch has no function of."""
    return clipped(probabilities / probabilities.sum(-1, keepdim=True))


def classes_first(x):
    """PyTorch has classes in the second of several axes."""
    return x.movedim(-1, 1) if x.dim() > 1 else x


def categorical(target, logits):
    return F.cross_entropy(classes_first(logits), classes_first(target), reduction="none")


def sparse(labels, logits):
    return F.cross_entropy(classes_first(logits), labels.reshape(logits.shape[:-1]), reduction="none")


def labels_of(values):
    return Given(values, torch.int64)


def softmaxes():
    for op, function in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
        for name, shape, axis, limits in (
            ("matrix", (3, 5), -1, (-2, 2)), ("columns", (4, 3), 0, (-2, 2)), ("middle", (2, 3, 2), 1, (-2, 2)),
            ("vector", (11,), 0, (-2, 2)), ("no rows", (0, 3), -1, (-2, 2)), ("one class", (3, 1), -1, (-2, 2)),
            ("far", (2, 4), -1, (-40, 40)),
        ):
            yield Case(op, name, {"axis": axis}, [Reals(shape, *limits)], lambda x, f=function, a=axis: f(x, a))


def sparsemax(x, axis):
    """The largest k elements, so many that t, their sum less 1 by k, is below each of them."""
    ordered = torch.sort(x, axis, descending=True).values.movedim(axis, -1)
    count = torch.arange(1, ordered.shape[-1] + 1, dtype=x.dtype)
    sums = ordered.cumsum(-1)
    chosen = (ordered * count > sums - 1).sum(-1, keepdim=True)
    threshold = (sums.gather(-1, chosen - 1) - 1) / chosen
    return torch.relu(x - threshold.movedim(-1, axis))


def sparsemaxes():
    for name, shape, axis, limits in (
        ("matrix", (3, 5), -1, (-1, 1)), ("columns", (4, 3), 0, (-1, 1)), ("middle", (2, 3, 2), 1, (-2, 2)),
        ("vector", (11,), 0, (-1, 1)), ("no rows", (0, 3), -1, (-2, 2)), ("one class", (3, 1), -1, (-2, 2)),
        ("far", (2, 4), -1, (-40, 40)),
    ):
        yield Case("sparsemax", name, {"axis": axis}, [Reals(shape, *limits)], lambda x, a=axis: sparsemax(x, a))


def crossentropies():
    for name, shape in (("matrix", (4, 3)), ("vector", (5,)), ("sequences", (2, 3, 4)), ("no rows", (0, 3))):
        target, logits, probabilities = Reals(shape, 0.1, 1), Reals(shape), Reals(shape, 0.05, 0.9)
        yield Case("categorical_crossentropy_from_logits", name, {}, [target, logits], categorical)
        yield Case("categorical_crossentropy", name, {}, [target, probabilities],
                   lambda t, p: -(t * torch.log(scaled(p))).sum(-1))
        yield Case("categorical_crossentropy", f"{name}, logits behind softmax", {"behind": "softmax"},
                   [target, logits],
                   categorical)
    for name, shape, labels in (
        ("matrix", (4, 3), [2, 0, 0, 1]), ("sequences", (2, 3, 4), [[3, 0, 1], [2, 2, 0]]), ("vector", (5,), 3),
        ("an axis of length 1", (3, 2), [[1], [0], [1]]),
    ):
        yield Case("sparse_categorical_crossentropy_from_logits", name, {}, [labels_of(labels), Reals(shape)], sparse)
        yield Case("sparse_categorical_crossentropy", name, {}, [labels_of(labels), Reals(shape, 0.05, 0.9)],
                   lambda t, p: -torch.log(scaled(p)).gather(-1, t.reshape(p.shape[:-1] + (1,))).squeeze(-1))
        yield Case("sparse_categorical_crossentropy", f"{name}, logits behind softmax", {"behind": "softmax"},
                   [labels_of(labels), Reals(shape)], sparse)
    for name, shape in (("matrix", (3, 7)), ("0-dimensional", ()), ("no elements", (0, 2))):
        target, logits = Reals(shape, 0, 1), Reals(shape, -5, 5, (0,))
        from_logits = lambda t, z: F.binary_cross_entropy_with_logits(z, t, reduction="none")
        yield Case("binary_crossentropy_from_logits", name, {}, [target, logits], from_logits)
        yield Case("binary_crossentropy", f"{name}, logits behind sigmoid", {"behind": "sigmoid"}, [target, logits],
                   from_logits)
        yield Case("binary_crossentropy", name, {}, [target, Reals(shape, 0.05, 0.95)],
                   lambda t, p: F.binary_cross_entropy(clipped(p), t, reduction="none"))


def cases():
    yield from softmaxes()
    yield from sparsemaxes()
    yield from crossentropies()
