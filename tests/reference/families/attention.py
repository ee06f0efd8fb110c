"""Scaled dot-product attention."""

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from case import Case, Given, Reals


def attention(query, key, value, mask=None, scale=None):
    # The fused kernel for CPUs cannot be differentiated twice.
    with sdpa_kernel(SDPBackend.MATH):
        return F.scaled_dot_product_attention(query, key, value, None if mask is None else mask.bool(), scale=scale)


def truths(values):
    return Given(values, torch.bool)


def cases():
    for name, query, key, value, mask, scale in (
        ("one sequence", (3, 2), (4, 2), (4, 3), None, None),
        ("batch", (2, 3, 2), (2, 4, 2), (2, 4, 3), None, None),
        ("heads, other scale", (2, 2, 3, 2), (2, 2, 4, 2), (2, 2, 4, 2), None, 0.3),
        ("keys for all", (2, 3, 2), (1, 4, 2), (1, 4, 3), None, None),
        ("causal", (2, 3, 2), (2, 3, 2), (2, 3, 2),
         truths([[True, False, False], [True, True, False], [True, True, True]]), None),
        ("a mask of integers", (2, 2, 2), (2, 3, 2), (2, 3, 2), Given([[[1, 0, 2]], [[0, 1, 1]]], torch.int64), None),
        ("a query that sees nothing", (2, 2), (2, 2), (2, 1), truths([[True, True], [False, False]]), None),
        ("no queries", (0, 2), (3, 2), (3, 2), None, None),
        ("larger", (9, 8), (11, 8), (11, 5), None, None),
    ):
        config = {} if scale is None else {"scale": scale}
        yield Case("scaled_dot_product_attention", name, config, [Reals(query), Reals(key), Reals(value), mask],
                   lambda q, k, v, m, s=scale: attention(q, k, v, m, s))
