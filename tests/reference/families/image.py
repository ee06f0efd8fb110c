"""Images of another size: channels last here, first in PyTorch."""

import torch.nn.functional as F

from case import Case, Reals
from families.convolution import channels_first, channels_last

# By the number of spatial axes.
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resize(x, size, interpolation="bilinear", antialias=False):
    modes = {"nearest": "nearest-exact", "bilinear": LINEAR[x.dim() - 2], "bicubic": "bicubic"}
    return channels_last(F.interpolate(channels_first(x), tuple(size), mode=modes[interpolation], antialias=antialias))


def upsample(x, factors, interpolation="nearest"):
    return resize(x, [factor * length for factor, length in zip(factors, x.shape[1:])], interpolation)


SIZES = (
    ((1, 3, 4, 2), [5, 8]),
    ((1, 7, 6, 1), [3, 4]),
)


def cases():
    for interpolation in ("nearest", "bilinear", "bicubic"):
        for x, size in SIZES:
            for antialias in (False, True):
                if antialias and interpolation == "nearest":
                    continue
                arguments = {"size": size, "interpolation": interpolation}
                if antialias:
                    arguments["antialias"] = True
                name = f"{interpolation}{', antialias' if antialias else ''}, {list(x)} to {size}"
                yield Case("resize", name, arguments, [Reals(x)], lambda x, a=arguments: resize(x, **a))
    for x, size in (((2, 5, 2), [7]), ((1, 2, 3, 2, 1), [3, 2, 4])):
        yield Case("resize", f"{list(x)} to {size}", {"size": size}, [Reals(x)], lambda x, size=size: resize(x, size))
    for x, factors, interpolation in (
        ((2, 3, 2), [3], "nearest"), ((1, 2, 3, 2), [2, 3], "nearest"), ((1, 2, 2, 1, 2), [1, 2, 3], "nearest"),
        ((1, 3, 2, 2), [2, 3], "bilinear"), ((1, 3, 2, 1), [2, 2], "bicubic"),
    ):
        arguments = {"factors": factors, "interpolation": interpolation}
        yield Case("upsample", f"{interpolation}, {list(x)}", arguments, [Reals(x)],
                   lambda x, a=arguments: upsample(x, **a))
