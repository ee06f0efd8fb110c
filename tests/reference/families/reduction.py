"""Sums, means, extrema and the like along axes."""

import torch

from case import Case, Given, Reals


def all_axes(x, axes):
    return tuple(range(x.dim())) if axes is None else tuple(axes)


def product(x, axes, keepdims):
    """PyTorch takes one axis at a time."""
    for axis in sorted((axis % x.dim() for axis in all_axes(x, axes)), reverse=True):
        x = torch.prod(x, axis, keepdims)
    return x


def deviation(function, ddof):
    return lambda x, axes, keepdims: function(x, all_axes(x, axes), correction=ddof, keepdim=keepdims)


REDUCTIONS = (
    ("sum", {}, lambda x, axes, keepdims: torch.sum(x, all_axes(x, axes), keepdims)),
    ("mean", {}, lambda x, axes, keepdims: torch.mean(x, all_axes(x, axes), keepdims)),
    ("prod", {}, product),
    ("max", {}, lambda x, axes, keepdims: torch.amax(x, all_axes(x, axes), keepdims)),
    ("min", {}, lambda x, axes, keepdims: torch.amin(x, all_axes(x, axes), keepdims)),
    ("logsumexp", {}, lambda x, axes, keepdims: torch.logsumexp(x, all_axes(x, axes), keepdims)),
    ("var", {}, deviation(torch.var, 0)),
    ("var", {"ddof": 1}, deviation(torch.var, 1)),
    ("std", {}, deviation(torch.std, 0)),
    ("std", {"ddof": 1}, deviation(torch.std, 1)),
)

# Name, shape, axes, keepdims.
SAMPLES = (
    ("vector", (11,), None, False),
    ("all, kept", (3, 5), None, True),
    ("first", (4, 3), [0], False),
    ("last, kept", (3, 4), [-1], True),
    ("middle", (2, 3, 2), [1], False),
    ("first and last", (2, 3, 4), [0, 2], False),
    ("last two", (2, 3, 4), [-2, -1], True),
    ("none", (2, 3), [], False),
)
# Where there is something to choose from.
EMPTY = (
    ("no results", (0, 3), [1], False),
    ("no results, kept", (3, 0), [0], True),
)


def cases():
    for op, config, function in REDUCTIONS:
        samples = SAMPLES
        if op not in ("var", "std"):
            samples += EMPTY + (("0-dimensional", (), None, False),)
        else:
            # Of single elements there is no deviation.
            samples = tuple(sample for sample in samples if sample[2] != [])
        if op in ("sum", "prod"):
            samples += (("of nothing", (2, 0, 3), [1], False),)
        for name, shape, axes, keepdims in samples:
            # PyTorch takes an empty list for all axes.
            if axes == []:
                counterpart = (lambda x: x) if op != "logsumexp" else (lambda x: torch.log(torch.exp(x)))
            else:
                counterpart = lambda x, f=function, a=axes, k=keepdims: f(x, a, k)
            arguments = dict(config)
            if axes is not None:
                arguments["axes"] = axes
            if keepdims:
                arguments["keepdims"] = True
            suffix = f", ddof {config['ddof']}" if config else ""
            yield Case(op, name + suffix, arguments, [Reals(shape)], counterpart)
    yield Case("prod", "a zero", {}, [Given([0.5, 0.0, -2.0])], lambda x: torch.prod(x))
    yield Case("prod", "two zeros", {"axes": [1]}, [Given([[0.5, 0.0, -2.0, 0.0], [1.0, 2.0, 0.0, 3.0]])],
               lambda x: torch.prod(x, 1))
    yield Case("logsumexp", "far", {}, [Given([700.5, 701.0, -800.0, 699.25])], lambda x: torch.logsumexp(x, 0))

    for op, function in (("argmax", torch.argmax), ("argmin", torch.argmin)):
        yield Case(op, "first", {"axis": 0}, [Reals((4, 3))], lambda x, f=function: f(x.detach(), 0))
        yield Case(op, "last, kept", {"axis": -1, "keepdims": True}, [Reals((3, 4))],
                   lambda x, f=function: f(x.detach(), -1, True))
    truths = Given([[0.0, 0.0, 1.5], [0.0, -1.0, 2.0]])
    for op, function in (("any", torch.any), ("all", torch.all)):
        yield Case(op, "all", {}, [truths], lambda x, f=function: f(x.detach() != 0))
        yield Case(op, "first", {"axes": [0]}, [truths], lambda x, f=function: f(x.detach() != 0, 0))
        yield Case(op, "last, kept", {"axes": [-1], "keepdims": True}, [truths],
                   lambda x, f=function: f(x.detach() != 0, -1, True))
