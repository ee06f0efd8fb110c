"""Views, joining and cutting. All are linear."""

import torch
import torch.nn.functional as F

from case import Case, Reals


def views():
    def view(op, name, shape, config, function):
        return Case(op, name, config, [Reals(shape)], function)

    for name, shape, target in (
        ("matrix to vector", (2, 3), [6]), ("one length left out", (2, 3, 4), [4, -1]),
        ("to 0-dimensional", (1, 1), []),
        ("from 0-dimensional", (), [1, 1]), ("no elements", (0, 3), [3, 0, 2]),
    ):
        yield view("reshape", name, shape, {"shape": target}, lambda x, t=target: torch.reshape(x, t))
    yield view("flatten", "all", (2, 3, 2), {}, torch.flatten)
    yield view("flatten", "from axis 1", (2, 3, 2), {"start": 1}, lambda x: torch.flatten(x, 1))
    yield view("flatten", "0-dimensional", (), {}, torch.flatten)
    yield view("transpose", "matrix", (2, 3), {}, lambda x: x.permute(1, 0))
    yield view("transpose", "all axes", (2, 3, 4), {}, lambda x: x.permute(2, 1, 0))
    yield view("transpose", "two axes", (2, 3, 4), {"axes": [0, -1]}, lambda x: torch.transpose(x, 0, -1))
    yield view("transpose", "no elements", (0, 2), {}, lambda x: x.permute(1, 0))
    yield view("permute", "three axes", (2, 3, 4), {"axes": [2, 0, 1]}, lambda x: x.permute(2, 0, 1))
    yield view("permute", "negative axes", (2, 3, 2, 2), {"axes": [-1, 1, -2, 0]}, lambda x: x.permute(-1, 1, -2, 0))
    yield view("permute", "0-dimensional", (), {"axes": []}, lambda x: x.permute(()))
    yield view("squeeze", "all", (1, 3, 1), {}, torch.squeeze)
    yield view("squeeze", "some", (1, 3, 1, 1), {"axes": [0, -1]}, lambda x: torch.squeeze(x, (0, -1)))
    yield view("swapaxes", "three axes", (2, 3, 4), {"axes": [0, -1]}, lambda x: torch.swapaxes(x, 0, -1))
    yield view("moveaxis", "one", (2, 3, 4), {"source": [0], "destination": [-1]}, lambda x: torch.moveaxis(x, 0, -1))
    yield view("moveaxis", "two", (2, 3, 4), {"source": [2, 0], "destination": [0, 1]},
               lambda x: torch.moveaxis(x, (2, 0), (0, 1)))
    yield view("flip", "all", (2, 3), {}, lambda x: torch.flip(x, (0, 1)))
    yield view("flip", "some", (2, 3, 2), {"axes": [0, -1]}, lambda x: torch.flip(x, (0, -1)))
    for axis in (0, -1):
        yield view("unstack", f"axis {axis}", (2, 3), {"axis": axis}, lambda x, a=axis: torch.unbind(x, a))
    for axis in (0, 1, -1):
        yield view("expand_dims", f"axis {axis}", (2, 3), {"axis": axis}, lambda x, a=axis: torch.unsqueeze(x, a))
    yield view("expand_dims", "0-dimensional", (), {"axis": 0}, lambda x: torch.unsqueeze(x, 0))
    for name, shape, target in (
        ("row", (3,), [2, 3]), ("column", (2, 1), [2, 4]), ("0-dimensional", (), [2, 2]),
        ("to nothing", (1, 3), [0, 3]),
        ("three dimensions", (2, 1, 3), [2, 2, 2, 3]),
    ):
        yield view("broadcast_to", name, shape, {"shape": target}, lambda x, t=target: torch.broadcast_to(x, t))
    for name, shape, target in (
        ("to row", (2, 3), [3]), ("to column", (2, 4), [2, 1]), ("to 0-dimensional", (2, 2), []),
        ("of nothing", (0, 3), [1, 3]), ("unchanged", (2, 3), [2, 3]),
    ):
        yield view("sum_to_shape", name, shape, {"shape": target}, lambda x, t=target: x.sum_to_size(t))


def parts():
    def part(op, name, shape, config, function):
        return Case(op, name, config, [Reals(shape)], function)

    yield part("slice", "range", (5, 3), {"axis": 0, "start": 1, "stop": 4}, lambda x: x[1:4])
    yield part("slice", "step", (2, 7), {"axis": -1, "start": 1, "step": 3}, lambda x: x[:, 1::3])
    yield part("slice", "backwards", (5, 2), {"axis": 0, "step": -1}, lambda x: x.flip(0))
    yield part("slice", "backwards by 2", (2, 6), {"axis": 1, "start": 4, "stop": -6, "step": -2},
               lambda x: x[:, 1:5].flip(1)[:, ::2])
    yield part("slice", "nothing", (3, 2), {"axis": 0, "start": 2, "stop": 1}, lambda x: x[2:1])
    yield part("select", "first", (3, 2), {"axis": 0, "index": 1}, lambda x: x.select(0, 1))
    yield part("select", "from the end", (2, 4), {"axis": 1, "index": -1}, lambda x: x.select(1, -1))
    yield part("select", "to 0-dimensional", (3,), {"axis": 0, "index": 2}, lambda x: x.select(0, 2))
    yield part("index", "position, range", (3, 4, 2), {}, lambda x: x[1, 0:3])

    def split(name, shape, config, axis, sizes):
        return Case("split", name, config, [Reals(shape)], lambda x: torch.split(x, sizes, axis))

    yield split("sections", (6, 2), {"sections": 3}, 0, 2)
    yield split("sections of columns", (2, 4), {"sections": 2, "axis": -1}, 1, 2)
    yield split("lengths", (2, 6), {"lengths": [1, 3, 2], "axis": 1}, 1, [1, 3, 2])
    yield split("a length of 0", (4,), {"lengths": [3, 0, 1]}, 0, [3, 0, 1])


def joined():
    for name, shapes, axis in (
        ("rows", ((2, 3), (1, 3), (4, 3)), 0), ("columns", ((2, 3), (2, 1)), -1), ("one", ((2, 2),), 0),
        ("middle", ((2, 1, 3), (2, 2, 3)), 1), ("one without elements", ((2, 2), (0, 2)), 0),
    ):
        yield Case("concatenate", name, {"axis": axis}, [Reals(shape) for shape in shapes],
                   lambda *x, a=axis: torch.cat(x, a))
    for name, shape, count, axis in (
        ("first", (2, 3), 3, 0), ("last", (2, 3), 2, -1), ("middle", (2, 3), 2, 1), ("0-dimensional", (), 3, 0),
        ("no elements", (0, 2), 2, 1),
    ):
        yield Case("stack", name, {"axis": axis}, [Reals(shape)] * count, lambda *x, a=axis: torch.stack(x, a))
    for name, shape, widths, value in (
        ("matrix", (2, 3), [[1, 2], [0, 1]], 0), ("a value", (2, 2), [[1, 0], [2, 1]], 1.5),
        ("vector", (3,), [[2, 2]], -1),
        ("images", (1, 2, 2, 1), [[0, 0], [1, 1], [1, 1], [0, 0]], 0), ("of nothing", (0, 2), [[1, 1], [0, 0]], 0.5),
        ("0-dimensional", (), [], 0),
    ):
        # PyTorch begins with the last axis.
        flat = [width for pair in reversed(widths) for width in pair]
        yield Case("pad", name, {"widths": widths, "value": value}, [Reals(shape)],
                   lambda x, f=flat, v=value: F.pad(x, f, value=v) if f else x.clone())
    for name, shape, widths in (
        ("matrix", (3, 4), [[1, 0], [1, 2]]), ("images", (1, 3, 3, 1), [[0, 0], [1, 1], [1, 1], [0, 0]]),
    ):
        # What pad adds negative widths of.
        flat = [-width for pair in reversed(widths) for width in pair]
        yield Case("crop", name, {"widths": widths}, [Reals(shape)], lambda x, f=flat: F.pad(x, f))
    for name, shape, repeats, axis in (("rows", (2, 3), 2, 0), ("last", (2, 3), 3, -1), ("of nothing", (0, 2), 2, 1)):
        yield Case("repeat", name, {"repeats": repeats, "axis": axis}, [Reals(shape)],
                   lambda x, r=repeats, a=axis: torch.repeat_interleave(x, r, a))


def cases():
    yield from views()
    yield from parts()
    yield from joined()
