"""Convolutions and pooling: channels last here, first in PyTorch."""

import math

import torch
import torch.nn.functional as F

from case import Case, Reals
from families.linalg import ACTIVATIONS


def padded(x, windows, strides, dilation, padding, value):
    """Channels first, with the smaller half of what "same" adds first."""
    if padding == "valid":
        return x
    widths = []
    for axis in (1, 0):
        length = x.shape[2 + axis]
        extent = (windows[axis] - 1) * dilation[axis] + 1
        missing = max((math.ceil(length / strides[axis]) - 1) * strides[axis] + extent - length, 0)
        widths += [missing // 2, missing - missing // 2]
    return F.pad(x, widths, value=value)


def convolve(
    x, kernel, bias=None, strides=(1, 1), padding="valid", dilation_rate=(1, 1), groups=1, activation="linear"
):
    x = padded(x.permute(0, 3, 1, 2), kernel.shape[:2], strides, dilation_rate, padding, 0.0)
    y = F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, tuple(strides), 0, tuple(dilation_rate), groups)
    return ACTIVATIONS[activation](y).permute(0, 2, 3, 1)


def max_pool(x, pool_size=(2, 2), strides=None, padding="valid"):
    strides = strides or pool_size
    x = padded(x.permute(0, 3, 1, 2), pool_size, strides, (1, 1), padding, -math.inf)
    return F.max_pool2d(x, tuple(pool_size), tuple(strides)).permute(0, 2, 3, 1)


def avg_pool(x, pool_size=(2, 2), strides=None, padding="valid"):
    """Cells of the padding do not count."""
    strides = strides or pool_size
    x = x.permute(0, 3, 1, 2)
    sums, counts = (
        F.avg_pool2d(padded(each, pool_size, strides, (1, 1), padding, 0.0), tuple(pool_size), tuple(strides))
        for each in (x, torch.ones_like(x).detach()))
    return (sums / counts).permute(0, 2, 3, 1)


CONVOLUTIONS = (
    ("3x3", (2, 4, 5, 2), (3, 3, 2, 3), {}),
    ("1x1", (2, 3, 2, 3), (1, 1, 3, 2), {}),
    ("2x3", (1, 4, 4, 2), (2, 3, 2, 2), {}),
    ("strides 2", (1, 5, 6, 2), (3, 3, 2, 2), {"strides": [2, 2]}),
    ("strides 1 and 3", (1, 4, 7, 1), (2, 2, 1, 2), {"strides": [1, 3]}),
    ("strides above the kernel", (1, 6, 6, 1), (2, 2, 1, 2), {"strides": [3, 3]}),
    ("dilation", (1, 5, 6, 2), (2, 3, 2, 1), {"dilation_rate": [2, 2]}),
    ("groups", (1, 3, 4, 4), (2, 2, 2, 4), {"groups": 2}),
    ("depthwise", (1, 4, 3, 3), (2, 2, 1, 6), {"groups": 3}),
)

POOLS = (
    ("2x2", (2, 4, 4, 2), {}),
    ("a rest", (1, 5, 3, 2), {}),
    ("overlapping", (1, 5, 4, 2), {"pool_size": [3, 2], "strides": [1, 1]}),
    ("strides above the window", (1, 7, 5, 1), {"pool_size": [2, 2], "strides": [3, 3]}),
    ("no images", (0, 4, 4, 2), {}),
)


def with_padding(name, config):
    for padding in ("valid", "same"):
        yield f"{name}, {padding}", config if padding == "valid" else {**config, "padding": padding}


def cases():
    for sample, x, kernel, config in CONVOLUTIONS:
        for name, arguments in with_padding(sample, config):
            yield Case("conv2d", name, arguments, [Reals(x), Reals(kernel)],
                       lambda x, k, arguments=arguments: convolve(x, k, **arguments))
    yield Case("conv2d", "no images", {}, [Reals((0, 4, 4, 1)), Reals((2, 2, 1, 2))], convolve)
    for activation in ACTIVATIONS:
        for bias in (Reals((3,)), None):
            arguments = {"activation": activation, "padding": "same"}
            yield Case("conv2d", f"{activation}, {'with' if bias else 'without'} bias", arguments,
                       [Reals((2, 4, 3, 2)), Reals((3, 3, 2, 3), -0.5, 0.5), bias],
                       lambda x, k, b, arguments=arguments: convolve(x, k, b, **arguments))
    for sample, x, config in POOLS:
        for name, arguments in with_padding(sample, config):
            # PyTorch pools at least one image.
            if x[0]:
                yield Case("max_pool2d", name, arguments, [Reals(x)], lambda x, a=arguments: max_pool(x, **a))
            yield Case("avg_pool2d", name, arguments, [Reals(x)], lambda x, a=arguments: avg_pool(x, **a))
    for activation in ACTIVATIONS:
        for name, pool, more in (
            ("2x2", {}, {}), ("overlapping, same", {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}, {}),
            ("same, strides", {}, {"padding": "same", "strides": [1, 2]}),
        ):
            bias = None if more else Reals((2,))
            yield Case("conv2d_max_pool2d", f"{activation}, {name}", {"activation": activation, "pool": pool, **more},
                       [Reals((1, 6, 5, 2)), Reals((2, 2, 2, 2), -1, 1), bias],
                       # Activations keep the order of values.
                       lambda x, k, b, a=activation, pool=pool, more=more: ACTIVATIONS[a](
                           max_pool(convolve(x, k, b, **more), **pool)))
