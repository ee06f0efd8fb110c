"""What a case is, and how the tensors in it are made: the same ones in each run, whatever other cases there are."""

import random
from typing import Any, Callable, NamedTuple, Optional, Sequence

import torch


class Reals(NamedTuple):
    """A float64 input: values spread evenly over [low, high], no two of them equal, also not in other inputs of the
    case, and none within 0.01 of a kink."""

    shape: tuple
    low: float = -2
    high: float = 2
    kinks: tuple = ()


class Given(NamedTuple):
    """An input of these values, nested lists."""

    values: Any
    dtype: torch.dtype = torch.float64


class Case(NamedTuple):
    """One call of an operation by its public name, with arguments by name; `function` is PyTorch's counterpart."""

    op: str
    name: str
    config: dict
    # Reals, Given, or None for a tensor that is left out.
    inputs: Sequence[Optional[NamedTuple]]
    function: Callable


def drawn(given, seed, index):
    """The tensor of an input."""
    if given is None:
        return None
    if isinstance(given, Given):
        return torch.tensor(given.values, dtype=given.dtype)
    generator = random.Random(f"{seed}, input {index}")
    count = 1
    for length in given.shape:
        count *= length
    offset = generator.uniform(0.2, 0.8)
    values = []
    for i in range(count):
        value = given.low + (given.high - given.low) * (i + offset) / count
        for kink in given.kinks:
            if abs(value - kink) < 0.01:
                value = kink + 0.011 + 0.01 * offset
        # Short in the file, and the last digit tells the inputs apart.
        values.append(round(round(value, 3) + 0.0001 * index, 4))
    if len(set(values)) != count:
        raise ValueError(f"{seed}: too many values between {given.low} and {given.high}")
    generator.shuffle(values)
    return torch.tensor(values, dtype=torch.float64).reshape(given.shape)


def random_like(tensor, seed):
    generator = random.Random(seed)
    values = [round(generator.uniform(-1.5, 1.5), 3) for _ in range(tensor.numel())]
    return torch.tensor(values, dtype=torch.float64).reshape(tensor.shape)


def of_type(tensor):
    """As the file holds it: float64, int64 or bool."""
    return tensor if tensor.dtype in (torch.float64, torch.int64, torch.bool) else tensor.double()
