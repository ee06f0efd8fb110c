"""At kinks and among equal elements, where PyTorch makes the choice that this library documents."""

import torch
import torch.nn.functional as F

from case import Case, Given
from families import convolution
from families.elementwise import hard_sigmoid
from families.reduction import deviation


def cases():
    def unary(op, values, function, config={}):
        return Case(op, "ties", config, [Given(values)], function)

    yield unary("relu", [0.0, -1.0, 1.0], F.relu)
    yield unary("relu6", [0.0, 6.0, 3.0, 7.0, -1.0], F.relu6)
    yield unary("hard_sigmoid", [-3.0, 3.0, 1.0, -4.0], hard_sigmoid)
    yield unary("leaky_relu", [0.0, -1.0, 2.0], lambda x: F.leaky_relu(x, 0.25), {"negative_slope": 0.25})
    # At 0, F.elu has its first derivative from the left and its second one from the right.
    yield unary("elu", [0.0, -1.0, 2.0], lambda x: torch.where(x > 0, x, 0.5 * torch.expm1(x)), {"alpha": 0.5})
    yield unary("abs", [0.0, -1.0, 1.0], torch.abs)
    yield unary("sign", [0.0, -1.5, 2.0], torch.sign)
    yield unary("round", [0.5, 1.5, -2.5, 0.0], torch.round)
    yield unary("clip", [-1.0, 2.0, 0.5, 2.5], lambda x: torch.clamp(x, -1, 2), {"low": -1, "high": 2})
    for number in (0, 1, 2, 3):
        yield Case("power", f"ties, {number}", {"number": number, "side": "right"}, [Given([0.0, -2.0, 1.5])],
                   lambda x, n=number: torch.pow(x, n))
    for op, function in (("minimum", torch.minimum), ("maximum", torch.maximum)):
        yield Case(op, "ties", {}, [Given([1.0, 2.0, 3.0]), Given([1.0, 2.5, 3.0])], function)
    for op, function in (("max", torch.amax), ("min", torch.amin)):
        yield unary(op, [3.0, 1.0, 3.0, 1.0, 2.0, 3.0], lambda x, f=function: f(x, 0))
        yield Case(op, "ties along an axis", {"axes": [1]}, [Given([[1.0, 1.0, 0.0], [2.0, 0.0, 0.0]])],
                   lambda x, f=function: f(x, 1))
    yield unary("std", [1.5, 1.5, 1.5], lambda x: deviation(torch.std, 0)(x, None, False))
    yield unary("var", [1.5, 1.5, 1.5], lambda x: deviation(torch.var, 0)(x, None, False))
    yield unary("max_pool2d", [[[[1.0], [1.0], [0.0], [2.0]], [[1.0], [1.0], [2.0], [2.0]]]], convolution.max_pool)
