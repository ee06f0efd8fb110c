"""LSTM, GRU and simple networks. PyTorch's kernels are transposed; its LSTM has Keras's order of gates, its GRU resets
first."""

import torch

from case import Case, Given, Reals

FUNCTIONS = {"sin": torch.sin, "half_tanh": lambda x: 0.5 + 0.4 * torch.tanh(x)}


def state(given, x, recurrent_kernel):
    return torch.zeros(x.shape[0], recurrent_kernel.shape[0], dtype=x.dtype) if given is None else given


def lstm(x, kernel, recurrent_kernel, bias, hidden, cell):
    h, c = state(hidden, x, recurrent_kernel), state(cell, x, recurrent_kernel)
    weights = [kernel.T, recurrent_kernel.T]
    if bias is not None:
        weights += [bias, torch.zeros_like(bias)]
    y, h, c = torch.lstm(x, (h.unsqueeze(0), c.unsqueeze(0)), weights, bias is not None, 1, 0.0, False, False, True)
    return y, h.squeeze(0), c.squeeze(0)


def lstm_of(activation, gate):
    """Step by step, with other functions than PyTorch has."""
    def function(x, kernel, recurrent_kernel, bias, hidden, cell):
        h, c = state(hidden, x, recurrent_kernel), state(cell, x, recurrent_kernel)
        outputs = []
        for step in x.unbind(1):
            z = step @ kernel + h @ recurrent_kernel
            i, f, candidate, o = (z if bias is None else z + bias).chunk(4, -1)
            c = gate(f) * c + gate(i) * activation(candidate)
            h = gate(o) * activation(c)
            outputs.append(h)
        return torch.stack(outputs, 1), h, c

    return function


def reset_first(weights):
    """Columns of Keras's gates z, r, c in PyTorch's order."""
    z, r, c = weights.chunk(3, -1)
    return torch.cat([r, z, c], -1)


def gru(x, kernel, recurrent_kernel, bias, hidden):
    weights = [reset_first(kernel).T, reset_first(recurrent_kernel).T]
    if bias is not None:
        weights += list(reset_first(bias).unbind(0))
    h = state(hidden, x, recurrent_kernel).unsqueeze(0)
    y, h = torch.gru(x, h, weights, bias is not None, 1, 0.0, False, False, True)
    return y, h.squeeze(0)


def gru_of(activation=torch.tanh, gate=torch.sigmoid, reset_after=True):
    """Step by step, with other functions than PyTorch has, or the hidden state reset before its product."""
    def function(x, kernel, recurrent_kernel, bias, hidden):
        h = state(hidden, x, recurrent_kernel)
        biases = (0, 0) if bias is None else (bias[0], bias[1]) if reset_after else (bias, 0)
        outputs = []
        for step in x.unbind(1):
            xz, xr, xc = (step @ kernel + biases[0]).chunk(3, -1)
            hz, hr, hc = (h @ recurrent_kernel + biases[1]).chunk(3, -1)
            z, r = gate(xz + hz), gate(xr + hr)
            c = activation(xc + (r * hc if reset_after else (r * h) @ recurrent_kernel.chunk(3, -1)[2]))
            h = z * h + (1 - z) * c
            outputs.append(h)
        return torch.stack(outputs, 1), h

    return function


def simple_rnn(x, kernel, recurrent_kernel, bias, hidden):
    weights = [kernel.T, recurrent_kernel.T]
    if bias is not None:
        weights += [bias, torch.zeros_like(bias)]
    h = state(hidden, x, recurrent_kernel).unsqueeze(0)
    y, h = torch.rnn_tanh(x, h, weights, bias is not None, 1, 0.0, False, False, True)
    return y, h.squeeze(0)


def masked(step, gates, states, zero_output_for_mask=False, go_backwards=False):
    """Step by step; step(x, h, kernels, biases, states) gives new states, the first of which is the output."""
    def function(x, *rest):
        kernel, recurrent_kernel, bias, *initial, mask = rest
        current = [state(each, x, recurrent_kernel) for each in initial]
        outputs = []
        times = range(x.shape[1])
        for t in reversed(times) if go_backwards else times:
            new = step(x[:, t], kernel, recurrent_kernel, bias, *current)
            counts = mask[:, t].bool().unsqueeze(-1)
            before = torch.zeros_like(new[0]) if zero_output_for_mask or not outputs else outputs[-1]
            outputs.append(torch.where(counts, new[0], before))
            current = [torch.where(counts, one, other) for one, other in zip(new, current)]
        return torch.stack(outputs, 1), *current

    return function


def lstm_step(x, kernel, recurrent_kernel, bias, h, c):
    i, f, candidate, o = (x @ kernel + h @ recurrent_kernel + bias).chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(candidate)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, kernel, recurrent_kernel, bias, h):
    xz, xr, xc = (x @ kernel + bias[0]).chunk(3, -1)
    hz, hr, hc = (h @ recurrent_kernel + bias[1]).chunk(3, -1)
    z = torch.sigmoid(xz + hz)
    return (z * h + (1 - z) * torch.tanh(xc + torch.sigmoid(xr + hr) * hc),)


def simple_step(x, kernel, recurrent_kernel, bias, h):
    return (torch.tanh(x @ kernel + bias + h @ recurrent_kernel),)


def inputs(shape, units, gates, bias, states):
    """x [batch, time, in], both kernels, the bias of that shape or none, and initial states or none."""
    given = [Reals(shape), Reals((shape[2], gates * units), -1, 1), Reals((units, gates * units), -1, 1)]
    given.append(None if bias is None else Reals((*bias, gates * units), -1, 1))
    return given + [Reals((shape[0], units), -1, 1) if present else None for present in states]


def cases():
    def lstm_case(name, shape, units, bias, *states, config={}, function=lstm):
        return Case("lstm", name, config, inputs(shape, units, 4, [] if bias else None, states), function)

    yield lstm_case("with bias", (2, 3, 2), 2, True, False, False)
    yield lstm_case("without bias", (1, 2, 3), 2, False, False, False)
    yield lstm_case("with states", (2, 2, 1), 2, True, True, True)
    yield lstm_case("one step, a hidden state", (3, 1, 2), 1, False, True, False)
    yield lstm_case("larger", (2, 3, 4), 5, True, True, True)
    yield lstm_case("other functions", (2, 2, 2), 2, True, True, True,
                    config={"activation": "sin", "recurrent_activation": "half_tanh"},
                    function=lstm_of(FUNCTIONS["sin"], FUNCTIONS["half_tanh"]))

    def gru_case(name, shape, units, bias, state, config={}, function=gru):
        return Case("gru", name, config, inputs(shape, units, 3, bias, [state]), function)

    yield gru_case("with bias", (2, 3, 2), 2, [2], False)
    yield gru_case("without bias", (1, 2, 3), 2, None, False)
    yield gru_case("with a state", (2, 2, 1), 2, [2], True)
    yield gru_case("one step", (3, 1, 2), 1, None, True)
    yield gru_case("larger", (2, 3, 4), 5, [2], True)
    def rnn_case(name, shape, units, bias, hidden):
        return Case("simple_rnn", name, {}, inputs(shape, units, 1, [] if bias else None, [hidden]), simple_rnn)

    yield rnn_case("with bias", (2, 3, 2), 2, True, False)
    yield rnn_case("without bias", (1, 2, 3), 2, False, False)
    yield rnn_case("with a state", (2, 2, 1), 2, True, True)
    yield rnn_case("larger", (2, 3, 4), 5, True, True)

    padded, holes = [[1, 1, 0], [1, 0, 0]], [[0, 1, 0], [0, 0, 0]]
    for op, step, gates, bias, states in (
        ("lstm", lstm_step, 4, [], 2), ("gru", gru_step, 3, [2], 1), ("simple_rnn", simple_step, 1, [], 1),
    ):
        for name, mask, config in (
            ("padded", padded, {}), ("with holes", holes, {}), ("zeros", holes, {"zero_output_for_mask": True}),
            ("backwards", padded, {"go_backwards": True}),
        ):
            given = inputs((2, 3, 2), 2, gates, bias, [True] * states) + [Given(mask, torch.int64)]
            yield Case(op, f"masked, {name}", {"masked": True, **config}, given,
                       masked(step, gates, states, **config))
    before = {"reset_after": False}
    yield gru_case("reset before the product", (2, 3, 2), 2, [], True, before, gru_of(reset_after=False))
    yield gru_case("reset before the product, without bias", (1, 2, 3), 2, None, False, before,
                   gru_of(reset_after=False))
    yield gru_case("other functions", (2, 2, 2), 2, [2], True,
                   {"activation": "sin", "recurrent_activation": "half_tanh"},
                   gru_of(FUNCTIONS["sin"], FUNCTIONS["half_tanh"]))
