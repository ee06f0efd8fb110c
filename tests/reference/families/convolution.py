"""Convolutions and pooling: channels last here, first in PyTorch."""

import math

import torch
import torch.nn.functional as F

from case import Case, Reals
from families.linalg import ACTIVATIONS


CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
ADAPTIVE_MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
ADAPTIVE_AVG = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def listed(numbers, axes):
    """A number for each axis."""
    return tuple(numbers) if isinstance(numbers, (list, tuple)) else (numbers,) * axes


def padded(x, windows, strides, dilation, padding, value):
    """Channels first, with the smaller half of what "same" adds first, and all of what "causal" adds."""
    if padding == "valid":
        return x
    widths = []
    for axis in reversed(range(len(windows))):
        length = x.shape[2 + axis]
        extent = (windows[axis] - 1) * dilation[axis] + 1
        missing = max((math.ceil(length / strides[axis]) - 1) * strides[axis] + extent - length, 0)
        widths += [missing // 2, missing - missing // 2] if padding == "same" else [extent - 1, 0]
    return F.pad(x, widths, value=value)


def convolve(x, kernel, bias=None, strides=1, padding="valid", dilation_rate=1, groups=1, activation="linear"):
    axes = x.dim() - 2
    strides, dilation_rate = listed(strides, axes), listed(dilation_rate, axes)
    x = padded(channels_first(x), kernel.shape[:axes], strides, dilation_rate, padding, 0.0)
    kernel = kernel.permute(axes + 1, axes, *range(axes))
    y = CONVOLVE[axes](x, kernel, bias, strides, 0, dilation_rate, groups)
    return channels_last(ACTIVATIONS[activation](y))


def transpose(
    x, kernel, bias=None, strides=1, padding="valid", dilation_rate=1, output_padding=None, activation="linear"
):
    """Of Keras's lengths: the whole transposed convolution, cropped and extended."""
    axes = x.dim() - 2
    strides, dilation_rate = listed(strides, axes), listed(dilation_rate, axes)
    weights = kernel.permute(axes + 1, axes, *range(axes)).contiguous()
    y = TRANSPOSE[axes](channels_first(x), weights, None, strides, dilation=dilation_rate)
    widths = []
    for axis in reversed(range(axes)):
        extent = (kernel.shape[axis] - 1) * dilation_rate[axis] + 1
        whole = (x.shape[1 + axis] - 1) * strides[axis] + extent
        if output_padding is None:
            length = whole + max(strides[axis] - extent, 0) if padding == "valid" else x.shape[1 + axis] * strides[axis]
        else:
            length = whole - (0 if padding == "valid" else extent - extent % 2) + listed(output_padding, axes)[axis]
        before = max((whole - length) // 2, 0)
        widths += [-before, length - whole + before]
    y = F.pad(y, widths)
    if bias is not None:
        y = y + bias.reshape(-1, *[1] * axes)
    return channels_last(ACTIVATIONS[activation](y))


def depthwise(x, kernel, bias=None, **arguments):
    *sizes, channels, multiplier = kernel.shape
    return convolve(x, kernel.reshape(*sizes, 1, channels * multiplier), bias, groups=channels, **arguments)


def separable(x, kernel, pointwise, bias=None, activation="linear", **arguments):
    return convolve(depthwise(x, kernel, **arguments), pointwise, bias, activation=activation)


def max_pool(x, pool_size=2, strides=None, padding="valid"):
    axes = x.dim() - 2
    pool_size = listed(pool_size, axes)
    strides = listed(strides or pool_size, axes)
    x = padded(channels_first(x), pool_size, strides, (1,) * axes, padding, -math.inf)
    return channels_last(MAX_POOL[axes](x, pool_size, strides))


def avg_pool(x, pool_size=2, strides=None, padding="valid"):
    """Cells of the padding do not count."""
    axes = x.dim() - 2
    pool_size = listed(pool_size, axes)
    strides = listed(strides or pool_size, axes)
    x = channels_first(x)
    sums, counts = (
        AVG_POOL[axes](padded(each, pool_size, strides, (1,) * axes, padding, 0.0), pool_size, strides)
        for each in (x, torch.ones_like(x).detach()))
    return channels_last(sums / counts)


def adaptive(pools, x, output_size):
    return channels_last(pools[x.dim() - 2](channels_first(x), tuple(listed(output_size, x.dim() - 2))))


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


CONVOLUTIONS_1D = (
    ("3", (2, 5, 2), (3, 2, 3), {}),
    ("strides", (1, 7, 2), (3, 2, 2), {"strides": 2}),
    ("dilation", (1, 6, 2), (3, 2, 1), {"dilation_rate": 2}),
    ("groups", (1, 4, 4), (2, 2, 4), {"groups": 2}),
)

CONVOLUTIONS_3D = (
    ("2x3x2", (1, 3, 3, 2, 2), (2, 3, 2, 2, 2), {}),
    ("strides", (1, 5, 4, 3, 1), (3, 2, 2, 1, 1), {"strides": [2, 1, 2]}),
    ("dilation", (1, 4, 3, 2, 1), (2, 2, 1, 1, 2), {"dilation_rate": [3, 2, 1]}),
    ("groups", (1, 3, 2, 2, 4), (2, 2, 1, 2, 2), {"groups": 2}),
    ("flat", (1, 3, 3, 2, 1), (1, 2, 2, 1, 2), {}),
)

TRANSPOSES = (
    ("conv_transpose1d", "3, strides 2", (2, 3, 2), (3, 2, 2), {"strides": 2}),
    ("conv_transpose1d", "2, strides 3", (1, 3, 2), (2, 2, 2), {"strides": 3}),
    ("conv_transpose1d", "4, output_padding", (1, 3, 1), (4, 2, 1), {"strides": 2, "output_padding": 1}),
    ("conv_transpose1d", "dilation", (1, 4, 2), (3, 1, 2), {"dilation_rate": 2}),
    ("conv_transpose2d", "3x2", (2, 3, 2, 2), (3, 2, 2, 2), {}),
    ("conv_transpose2d", "strides", (1, 3, 2, 2), (3, 3, 2, 2), {"strides": [2, 1]}),
    ("conv_transpose2d", "strides above the kernel", (1, 2, 3, 1), (2, 1, 2, 1), {"strides": [3, 2]}),
    ("conv_transpose2d", "output_padding", (1, 2, 2, 1), (3, 2, 2, 1), {"strides": [2, 3], "output_padding": [1, 0]}),
    ("conv_transpose3d", "strides", (1, 2, 2, 2, 1), (3, 2, 1, 2, 1), {"strides": [2, 1, 2]}),
    ("conv_transpose3d", "output_padding", (1, 2, 1, 2, 1), (2, 2, 2, 1, 1),
     {"strides": [3, 2, 1], "dilation_rate": [2, 1, 1], "output_padding": [1, 1, 0]}),
)

DEPTHWISE = (
    ("depthwise_conv1d", "2", (2, 5, 3), (2, 3, 1), {}),
    ("depthwise_conv1d", "multiplier", (1, 5, 2), (3, 2, 2), {"strides": 2}),
    ("depthwise_conv2d", "2x3", (1, 3, 4, 3), (2, 3, 3, 1), {}),
    ("depthwise_conv2d", "multiplier", (1, 4, 3, 2), (2, 2, 2, 2), {"strides": [2, 1]}),
)

POOLS_1D = (
    ("2", (2, 5, 2), {}),
    ("overlapping", (1, 8, 2), {"pool_size": 3, "strides": 2}),
    ("strides above the window", (1, 8, 1), {"pool_size": 2, "strides": 3}),
)

POOLS_3D = (
    ("2x2x2", (1, 4, 2, 3, 2), {}),
    ("overlapping", (1, 4, 3, 2, 1), {"pool_size": [3, 2, 1], "strides": [2, 1, 1]}),
)

ADAPTIVE = (
    ((2, 7, 2), 3), ((1, 6, 2), 2), ((1, 3, 1), 5),
    ((1, 5, 4, 2), [2, 3]), ((1, 4, 6, 1), [2, 2]), ((2, 3, 4, 1), [3, 1]),
    ((1, 4, 3, 2, 1), [3, 2, 2]), ((1, 4, 2, 2, 1), [2, 1, 2]),
)


def with_padding(name, config, paddings=("valid", "same")):
    for padding in paddings:
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
    for sample, x, kernel, config in CONVOLUTIONS_1D:
        for name, arguments in with_padding(sample, config, ("valid", "same", "causal")):
            yield Case("conv1d", name, arguments, [Reals(x), Reals(kernel)],
                       lambda x, k, arguments=arguments: convolve(x, k, **arguments))
    for sample, x, kernel, config in CONVOLUTIONS_3D:
        for name, arguments in with_padding(sample, config):
            yield Case("conv3d", name, arguments, [Reals(x), Reals(kernel)],
                       lambda x, k, arguments=arguments: convolve(x, k, **arguments))
    for op, sample, x, kernel, config in TRANSPOSES:
        for name, arguments in with_padding(sample, config):
            yield Case(op, name, arguments, [Reals(x), Reals(kernel)],
                       lambda x, k, arguments=arguments: transpose(x, k, **arguments))
    for op, sample, x, kernel, config in DEPTHWISE:
        for name, arguments in with_padding(sample, config):
            yield Case(op, name, arguments, [Reals(x), Reals(kernel)],
                       lambda x, k, arguments=arguments: depthwise(x, k, **arguments))
    for op, x, kernel, out, function in (
        ("conv1d", (2, 4, 2), (3, 2, 3), 3, convolve), ("conv3d", (1, 3, 2, 2, 1), (2, 2, 1, 1, 2), 2, convolve),
        ("conv_transpose1d", (2, 3, 2), (3, 3, 2), 3, transpose),
        ("conv_transpose2d", (1, 2, 2, 2), (2, 3, 2, 2), 2, transpose),
        ("conv_transpose3d", (1, 2, 1, 2, 1), (2, 2, 2, 2, 1), 2, transpose),
        ("depthwise_conv1d", (1, 4, 2), (2, 2, 2), 4, depthwise),
        ("depthwise_conv2d", (1, 3, 2, 2), (2, 2, 2, 1), 2, depthwise),
    ):
        for activation in ("relu", "tanh"):
            arguments = {"activation": activation, "padding": "same"}
            yield Case(op, activation, arguments, [Reals(x), Reals(kernel, -0.5, 0.5), Reals((out,))],
                       lambda x, k, b, arguments=arguments, function=function: function(x, k, b, **arguments))
    for op, x, kernel, pointwise, strides in (
        ("separable_conv1d", (1, 5, 2), (2, 2, 2), (1, 4, 3), 2),
        ("separable_conv2d", (1, 3, 4, 2), (2, 3, 2, 2), (1, 1, 4, 2), [2, 1]),
    ):
        for name, arguments in with_padding("strides", {"strides": strides}):
            yield Case(op, name, arguments, [Reals(x), Reals(kernel), Reals(pointwise)],
                       lambda x, k, p, arguments=arguments: separable(x, k, p, **arguments))
        arguments = {"activation": "tanh"}
        yield Case(op, "tanh", arguments,
                   [Reals(x), Reals(kernel, -0.5, 0.5), Reals(pointwise, -0.5, 0.5), Reals(pointwise[-1:])],
                   lambda x, k, p, b, arguments=arguments: separable(x, k, p, b, **arguments))
    for axes, pools in (("1d", POOLS_1D), ("3d", POOLS_3D)):
        for sample, x, config in pools:
            for name, arguments in with_padding(sample, config):
                yield Case(f"max_pool{axes}", name, arguments, [Reals(x)],
                           lambda x, a=arguments: max_pool(x, **a))
                yield Case(f"avg_pool{axes}", name, arguments, [Reals(x)],
                           lambda x, a=arguments: avg_pool(x, **a))
    for x, size in ADAPTIVE:
        for op, pools in (("adaptive_max_pool", ADAPTIVE_MAX), ("adaptive_avg_pool", ADAPTIVE_AVG)):
            yield Case(f"{op}{len(x) - 2}d", f"{list(x)} to {size}", {"output_size": size}, [Reals(x)],
                       lambda x, size=size, pools=pools: adaptive(pools, x, size))
