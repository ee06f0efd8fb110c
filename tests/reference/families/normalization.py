"""Layer and batch normalization."""

import torch.nn.functional as F

from case import Case, Reals
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
