"""Functions of one tensor, arithmetic with broadcasting, comparisons, where, and a user's own functions."""

import torch
import torch.nn.functional as F

from case import Case, Given, Reals


def hard_sigmoid(x):
    """As hard_sigmoid, which cannot be differentiated twice."""
    return F.relu6(x + 3) / 6


def hard_silu(x):
    """As hard_swish, which cannot be differentiated twice."""
    return x * F.relu6(x + 3) / 6


# Keras's; PyTorch has no functions of these names.
def sparse_sigmoid(x):
    return torch.clamp((x + 1) / 2, 0, 1)


def sparse_plus(x):
    return torch.where(x <= -1, 0, torch.where(x >= 1, x, (x + 1) ** 2 / 4))


def squareplus(x, b):
    return (x + torch.sqrt(x * x + b)) / 2


# Name, PyTorch's function, ranges of values, kinks.
ANY = ((-2, 2), (-30, 30))
POSITIVE = ((0.2, 3), (0.1, 300))
UNARY = (
    ("abs", torch.abs, ANY, (0,)),
    ("sign", torch.sign, ANY, (0,)),
    ("negative", torch.neg, ANY, ()),
    ("exp", torch.exp, ((-2, 2), (-30, 5)), ()),
    ("expm1", torch.expm1, ((-0.1, 0.1), (-30, 5)), ()),
    ("log", torch.log, POSITIVE, ()),
    ("log1p", torch.log1p, ((-0.1, 0.1), (-0.9, 300)), ()),
    ("sqrt", torch.sqrt, POSITIVE, ()),
    ("rsqrt", torch.rsqrt, POSITIVE, ()),
    ("square", torch.square, ANY, ()),
    ("reciprocal", torch.reciprocal, ((-2, 2), (0.1, 300)), (0,)),
    ("sin", torch.sin, ((-2, 2), (-300, 300)), ()),
    ("cos", torch.cos, ((-2, 2), (-300, 300)), ()),
    ("tanh", torch.tanh, ANY, ()),
    ("erf", torch.erf, ((-2, 2), (-7, 7)), ()),
    ("floor", torch.floor, ANY, tuple(range(-30, 31))),
    ("ceil", torch.ceil, ANY, tuple(range(-30, 31))),
    ("round", torch.round, ANY, tuple(i + 0.5 for i in range(-30, 31))),
    ("sigmoid", torch.sigmoid, ANY, ()),
    ("hard_sigmoid", hard_sigmoid, ((-2, 2), (-6, 6)), (-3, 3)),
    ("log_sigmoid", F.logsigmoid, ANY, ()),
    ("sparse_sigmoid", sparse_sigmoid, ((-2, 2), (-6, 6)), (-1, 1)),
    ("hard_tanh", F.hardtanh, ((-2, 2), (-6, 6)), (-1, 1)),
    ("tanh_shrink", F.tanhshrink, ANY, ()),
    ("hard_silu", hard_silu, ((-2, 2), (-6, 6)), (-3, 3)),
    ("sparse_plus", sparse_plus, ((-2, 2), (-6, 6)), (-1, 1)),
    ("selu", F.selu, ANY, (0,)),
    ("relu", F.relu, ANY, (0,)),
    ("relu6", F.relu6, ((-2, 2), (-3, 9)), (0, 6)),
    # Without its threshold, beyond which PyTorch takes x for it.
    ("softplus", lambda x: F.softplus(x, threshold=600), ANY, ()),
    ("softsign", F.softsign, ANY, (0,)),
    ("silu", F.silu, ANY, ()),
    ("mish", F.mish, ((-2, 2), (-9, 9)), ()),
)

WITH_ARGUMENTS = (
    ("leaky_relu", {}, lambda x: F.leaky_relu(x, 0.2), (0,)),
    ("leaky_relu", {"negative_slope": 0.3}, lambda x: F.leaky_relu(x, 0.3), (0,)),
    ("elu", {}, F.elu, (0,)),
    ("elu", {"alpha": 0.5}, lambda x: F.elu(x, 0.5), (0,)),
    ("celu", {}, F.celu, (0,)),
    ("celu", {"alpha": 0.5}, lambda x: F.celu(x, 0.5), (0,)),
    ("squareplus", {}, lambda x: squareplus(x, 4), ()),
    ("squareplus", {"b": 0.5}, lambda x: squareplus(x, 0.5), ()),
    ("hard_shrink", {}, F.hardshrink, (-0.5, 0.5)),
    ("hard_shrink", {"threshold": 1.2}, lambda x: F.hardshrink(x, 1.2), (-1.2, 1.2)),
    ("soft_shrink", {}, F.softshrink, (-0.5, 0.5)),
    ("soft_shrink", {"threshold": 1.2}, lambda x: F.softshrink(x, 1.2), (-1.2, 1.2)),
    ("threshold", {"threshold": 0.25, "default_value": 7}, lambda x: F.threshold(x, 0.25, 7), (0.25,)),
    ("gelu", {}, F.gelu, ()),
    ("gelu", {"approximate": True}, lambda x: F.gelu(x, approximate="tanh"), ()),
    ("clip", {"low": -0.5, "high": 1}, lambda x: torch.clamp(x, -0.5, 1), (-0.5, 1)),
    ("clip", {"low": -9, "high": 9}, lambda x: torch.clamp(x, -9, 9), ()),
)


def unary(op, config, function, ranges, kinks):
    def case(name, shape, low, high):
        arguments = "".join(f", {key} {value}" for key, value in config.items())
        return Case(op, name + arguments, config, [Reals(shape, low, high, kinks)], function)

    (low, high), wide = ranges
    yield case("0-dimensional", (), low, high)
    yield case("matrix", (3, 7), low, high)
    yield case("three dimensions", (2, 1, 5), low, high)
    yield case("no elements", (0, 3), low, high)
    yield case("far", (5, 8), *wide)


SHAPES = (
    ("same shape", (3, 5), (3, 5)),
    ("0-dimensional", (), ()),
    ("row", (2, 3), (3,)),
    ("row first", (4,), (2, 4)),
    ("column and row", (3, 1), (1, 4)),
    ("three dimensions", (2, 1, 3), (4, 1)),
    ("0-dimensional second", (2, 3), ()),
    ("0-dimensional first", (), (5,)),
    ("no elements", (0, 3), (3,)),
    ("length 1 against none", (2, 1), (2, 0)),
)

# Name, PyTorch's function, ranges of both, kinks of the second.
BINARY = (
    ("add", torch.add, (-2, 2), (-2, 2), ()),
    ("subtract", torch.sub, (-2, 2), (-2, 2), ()),
    ("multiply", torch.mul, (-2, 2), (-2, 2), ()),
    ("divide", torch.div, (-2, 2), (0.3, 2), ()),
    ("power", torch.pow, (0.3, 2), (-2, 2), ()),
    ("minimum", torch.minimum, (-2, 2), (-2, 2), ()),
    ("maximum", torch.maximum, (-2, 2), (-2, 2), ()),
)

# Name, number, side of it, PyTorch's function, range.
WITH_NUMBER = (
    ("add", 1.5, "right", lambda x: x + 1.5, (-2, 2)),
    ("subtract", 1.5, "right", lambda x: x - 1.5, (-2, 2)),
    ("subtract", 1.5, "left", lambda x: 1.5 - x, (-2, 2)),
    ("multiply", -0.7, "right", lambda x: x * -0.7, (-2, 2)),
    ("divide", 0.3, "right", lambda x: x / 0.3, (-2, 2)),
    ("divide", 0.3, "left", lambda x: 0.3 / x, (0.3, 2)),
    ("power", 2.5, "right", lambda x: torch.pow(x, 2.5), (0.2, 2)),
    ("power", 3, "right", lambda x: torch.pow(x, 3), (-2, 2)),
    ("power", 2, "right", lambda x: torch.pow(x, 2), (-2, 2)),
    ("power", 1, "right", lambda x: torch.pow(x, 1), (-2, 2)),
    ("power", 0, "right", lambda x: torch.pow(x, 0), (-2, 2)),
    ("power", 0.5, "right", lambda x: torch.pow(x, 0.5), (0.2, 2)),
    ("power", -1, "right", lambda x: torch.pow(x, -1), (0.2, 2)),
    ("power", -2, "right", lambda x: torch.pow(x, -2), (-2, -0.2)),
    ("power", 1.7, "left", lambda x: torch.pow(torch.tensor(1.7, dtype=torch.float64), x), (-2, 2)),
    ("minimum", 0.4, "right", lambda x: torch.clamp(x, max=0.4), (-2, 2)),
    ("maximum", 0.4, "right", lambda x: torch.clamp(x, min=0.4), (-2, 2)),
)

COMPARISONS = (
    ("equal", torch.eq), ("not_equal", torch.ne), ("less", torch.lt), ("less_equal", torch.le),
    ("greater", torch.gt), ("greater_equal", torch.ge),
    ("logical_and", torch.logical_and), ("logical_or", torch.logical_or),
)

A = Given([[0.0, 1.0, -2.0], [3.0, 0.0, 2.5]])
B = Given([0.0, 1.0, 2.5])
CONDITION = Given([[True, False, True], [False, False, True]], torch.bool)


def arithmetic():
    for op, function, a, b, kinks in BINARY:
        for name, first, second in SHAPES:
            yield Case(op, name, {}, [Reals(first, *a), Reals(second, *b, kinks)], function)
    yield Case("power", "negative base", {}, [Reals((4,), -2, -0.2), Given([1, 2, 3, -1], torch.int64)], torch.pow)
    for op, number, side, function, (low, high) in WITH_NUMBER:
        for name, shape in (("matrix", (3, 7)), ("0-dimensional", ()), ("no elements", (0, 2))):
            kinks = (0.4,) if op in ("minimum", "maximum") else (0,)
            config = {"number": number, "side": side}
            yield Case(op, f"{name} and {number} {side}", config, [Reals(shape, low, high, kinks)], function)


def comparisons():
    for op, function in COMPARISONS:
        yield Case(op, "row", {}, [A, B], function)
    yield Case("logical_not", "matrix", {}, [A], torch.logical_not)
    yield Case("isnan", "matrix", {}, [A], torch.isnan)
    yield Case("isfinite", "matrix", {}, [A], torch.isfinite)


def choices():
    where = torch.where
    yield Case("where", "same shape", {}, [CONDITION, Reals((2, 3)), Reals((2, 3))], where)
    yield Case("where", "row and 0-dimensional", {}, [CONDITION, Reals((3,)), Reals(())], where)
    yield Case("where", "condition broadcast", {},
               [Given([True, False, True], torch.bool), Reals((2, 1)), Reals((4, 1, 1))], where)
    yield Case("where", "0-dimensional", {}, [Given(True, torch.bool), Reals(()), Reals(())], where)
    yield Case("where", "no elements", {}, [Given([True, False], torch.bool), Reals((0, 2)), Reals((2,))], where)
    yield Case("where", "number second", {"number": 0.5, "side": "right"}, [CONDITION, Reals((2, 3))],
               lambda condition, x: where(condition, x, 0.5))
    yield Case("where", "number first", {"number": 0.5, "side": "left"}, [CONDITION, Reals((3,))],
               lambda condition, x: where(condition, 0.5, x))


def own_functions():
    def swish(x):
        return x * torch.sigmoid(x)

    def hypot(x, y):
        return torch.sqrt(x * x + y * y)

    for name, shape in (("0-dimensional", ()), ("matrix", (3, 7)), ("no elements", (0,))):
        yield Case("elementwise", f"swish, {name}", {"function": "swish"}, [Reals(shape)], swish)
    for name, first, second in SHAPES:
        yield Case("elementwise", f"hypot, {name}", {"function": "hypot"}, [Reals(first, 0.2, 2), Reals(second)], hypot)


def gated():
    for name, shape, axis in (("matrix", (3, 4), -1), ("columns", (2, 3), 0), ("middle", (2, 4, 3), 1),
                              ("no elements", (0, 2), -1)):
        yield Case("glu", name, {"axis": axis}, [Reals(shape)], lambda x, a=axis: F.glu(x, a))


def cases():
    yield from gated()
    for op, function, ranges, kinks in UNARY:
        yield from unary(op, {}, function, ranges, kinks)
    for op, config, function, kinks in WITH_ARGUMENTS:
        yield from unary(op, config, function, ((-2, 2), (-8, 8)), kinks)
    yield from arithmetic()
    yield from comparisons()
    yield from choices()
    yield from own_functions()
