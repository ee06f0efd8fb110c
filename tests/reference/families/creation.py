"""Copies."""

import torch

from case import Case, Reals


def cases():
    for name, shape in (("matrix", (3, 5)), ("0-dimensional", ()), ("no elements", (2, 0))):
        yield Case("clone", name, {}, [Reals(shape)], torch.clone)
        yield Case("contiguous", name, {}, [Reals(shape)], torch.clone)
        # To float32 and back, so that the derivatives are rounded once as well.
        yield Case("astype", name, {}, [Reals(shape)], lambda x: x.float().double())
