"""Layer, group, RMS and batch normalization."""

import torch
import torch.nn.functional as F

from case import Case, Given, Reals
from families.linalg import ACTIVATIONS


def batch_norm(x, gamma, beta, mean=None, variance=None, epsilon=1e-3, activation="linear"):
    """Channels are the last axis here, the second one in PyTorch. In training also mean and biased variance."""
    rows = x.reshape(-1, x.shape[-1])
    training = mean is None
    y = F.batch_norm(rows, mean, variance, gamma, beta, training, 0.1, epsilon)
    y = ACTIVATIONS[activation](y).reshape(x.shape)
    return (y, rows.mean(0).detach(), rows.var(0, correction=0).detach()) if training else y


def cases():
    def layer_norm(name, shape, gamma=True, beta=True, config={}):
        def function(x, gamma, beta):
            y = F.layer_norm(x, x.shape[-1:], gamma, None, config.get("epsilon", 1e-3))
            # With beta but no gamma, PyTorch's second derivative fails.
            return y if beta is None else y + beta

        parameters = [Reals(shape[-1:], 0.5, 2) if gamma else None, Reals(shape[-1:]) if beta else None]
        return Case("layer_norm", name, config, [Reals(shape), *parameters], function)

    yield layer_norm("matrix", (4, 5))
    yield layer_norm("sequences, other epsilon", (2, 3, 4), config={"epsilon": 0.1})
    yield layer_norm("vector", (7,))
    yield layer_norm("without parameters", (3, 4), False, False)
    yield layer_norm("gamma only", (3, 4), True, False)
    yield layer_norm("beta only", (3, 4), False, True)
    yield layer_norm("no rows", (0, 4))
    yield layer_norm("larger", (3, 19))

    for name, shape, axes in (("both last", (2, 3, 4), [1, 2]), ("all", (2, 3), [0, 1])):
        yield Case("layer_norm", f"axes, {name}", {"axes": axes},
                   [Reals(shape), Reals(shape[axes[0]:], 0.5, 2), Reals(shape[axes[0]:])],
                   lambda x, g, b, n=len(axes): F.layer_norm(x, x.shape[-n:], g, None, 1e-3) + b)
        yield Case("rms_norm", f"axes, {name}", {"axes": axes}, [Reals(shape), Reals(shape[axes[0]:], 0.5, 2)],
                   lambda x, g, n=len(axes): F.rms_norm(x, x.shape[-n:], g, 1e-6))
    yield Case("rms_norm", "matrix", {}, [Reals((3, 5)), Reals((5,), 0.5, 2)],
               lambda x, g: F.rms_norm(x, x.shape[-1:], g, 1e-6))
    yield Case("rms_norm", "without gamma", {"epsilon": 0.1}, [Reals((2, 3, 2)), None],
               lambda x, g: F.rms_norm(x, x.shape[-1:], None, 0.1))
    for name, shape, groups in (("sequences", (2, 3, 4), 2), ("images", (2, 2, 2, 6), 3), ("matrix", (3, 4), 1)):
        yield Case("group_norm", name, {"groups": groups}, [Reals(shape), Reals(shape[-1:], 0.5, 2), Reals(shape[-1:])],
                   lambda x, g, b, n=groups: F.group_norm(x.movedim(-1, 1).contiguous(), n, g, b, 1e-3).movedim(1, -1))
    for name, shape, order in (("2", (3, 4), 2), ("1", (2, 3, 2), 1), ("3", (3, 4), 3)):
        yield Case("normalize", f"order {name}", {"order": order}, [Reals(shape, kinks=(0,))],
                   lambda x, p=order: F.normalize(x, p, -1, 1e-7))

    def masked_batch_norm(x, gamma, beta, mask):
        rows = x[mask.bool()]
        count = len(rows) + 1e-7
        mean = rows.sum(0) / count
        variance = ((rows - mean) ** 2).sum(0) / count
        return (x - mean) / (variance + 1e-3).sqrt() * gamma + beta, mean.detach(), variance.detach()

    yield Case("masked_batch_norm", "sequences", {},
               [Reals((2, 3, 2)), Reals((2,), 0.5, 2), Reals((2,)), Given([[1, 1, 0], [1, 0, 0]], torch.int64)],
               masked_batch_norm)

    def in_training(name, shape, parameters=True, config={}):
        given = [Reals(shape[-1:], 0.5, 2), Reals(shape[-1:])] if parameters else [None, None]
        return Case("batch_norm", f"{name}, training", config, [Reals(shape), *given],
                    lambda x, g, b: batch_norm(x, g, b, **config))

    def in_inference(name, shape, parameters=True, config={}):
        given = [Reals(shape[-1:], 0.5, 2), Reals(shape[-1:])] if parameters else [None, None]
        moments = [Reals(shape[-1:]), Reals(shape[-1:], 0.5, 2)]
        def function(x, gamma, beta, mean, variance):
            # F.batch_norm has no derivatives of the moments.
            y = (x - mean) / (variance + config.get("epsilon", 1e-3)).sqrt()
            y = y if gamma is None else y * gamma
            return ACTIVATIONS[config.get("activation", "linear")](y if beta is None else y + beta)

        return Case("batch_norm", f"{name}, inference", config, [Reals(shape), *given, *moments], function)

    for case in (in_training, in_inference):
        yield case("matrix", (5, 3))
        yield case("images, other epsilon", (2, 2, 3, 2), config={"epsilon": 0.02})
        yield case("without parameters", (4, 3), parameters=False)
        for activation in ("relu", "sigmoid", "tanh"):
            yield case(activation, (3, 2, 4), config={"activation": activation})
    yield in_inference("no rows", (0, 3))
