"""Scaled dot-product attention."""

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from case import Case, Given, Reals


def attention(query, key, value, mask=None, scale=None):
    # The fused kernel for CPUs cannot be differentiated twice.
    with sdpa_kernel(SDPBackend.MATH):
        return F.scaled_dot_product_attention(query, key, value, None if mask is None else mask.bool(), scale=scale)


def attend(scores, value, mask=None):
    """A query that sees nothing gets zeros."""
    if mask is None:
        weights = torch.softmax(scores, -1)
    else:
        mask = mask.bool()
        weights = torch.where(mask, torch.softmax(scores.masked_fill(~mask, -1e9), -1), 0)
    return weights @ value, weights


def with_scores(query, key, value, mask=None, scale=None):
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    return attend(query @ key.mT * scale, value, mask)


def repeated(x, heads):
    return torch.repeat_interleave(x, heads // x.shape[-3], -3)


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

    lower = truths([[True, False, False], [True, True, False], [True, True, True]])
    for name, mask in (("without mask", None), ("masked", lower)):
        yield Case("attend", name, {}, [Reals((2, 3, 3)), Reals((2, 3, 2)), mask], attend)
        yield Case("attention_with_scores", name, {}, [Reals((2, 3, 2)), Reals((2, 3, 2)), Reals((2, 3, 2)), mask],
                   with_scores)
        for heads in (1, 2):
            given = [Reals((1, 4, 3, 2)), Reals((1, heads, 3, 2)), Reals((1, heads, 3, 2)), mask]
            yield Case("grouped_query_attention", f"{name}, {heads} heads of keys", {}, given,
                       lambda q, k, v, m: with_scores(q, repeated(k, 4), repeated(v, 4), m)[0])
            yield Case("grouped_query_attention_with_scores", f"{name}, {heads} heads of keys", {}, given,
                       lambda q, k, v, m: with_scores(q, repeated(k, 4), repeated(v, 4), m))
    for name, scale in (("without scale", None), ("a scale each", Reals((4,))), ("one scale", Reals((), 0.5, 1))):
        yield Case("additive_attention_scores", name, {}, [Reals((2, 3, 4)), Reals((2, 2, 4)), scale],
                   lambda q, k, s: (torch.tanh(q.unsqueeze(-2) + k.unsqueeze(-3)) * (1 if s is None else s)).sum(-1))
