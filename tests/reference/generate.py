#!/usr/bin/env python3
"""Writes data/*.json: what PyTorch computes for the operations of this library. README.md says how to run it."""

import json
import math
import os
import pathlib
import platform
import sys

# The same instructions, and so the same roundings, on all machines.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
sys.dont_write_bytecode = True

import torch

from case import Case, drawn, of_type, random_like
from families import (
    attention,
    convolution,
    creation,
    elementwise,
    image,
    indexing,
    linalg,
    normalization,
    recurrent,
    reduction,
    shape,
    softmax,
    ties,
)

FAMILIES = (
    attention, convolution, creation, elementwise, image, indexing, linalg, normalization, recurrent, reduction,
    shape, softmax, ties,
)


def text_of(tensor):
    """A tensor as JSON; null for none."""
    if tensor is None:
        return "null"
    values = tensor.detach().reshape(-1).tolist()
    members = {"shape": list(tensor.shape)}
    if tensor.dtype != torch.float64:
        members["dtype"] = {torch.bool: "bool", torch.int64: "int64"}[tensor.dtype]
        members["values"] = [int(value) for value in values]
        return json.dumps(members)
    if not all(math.isfinite(value) for value in values):
        raise ValueError("numbers of a case must be finite")
    largest = max((abs(value) for value in values), default=0.0)
    decimals = max(0, 12 - math.floor(math.log10(largest))) if largest > 0 else 0
    texts = [f"{value:.{decimals}f}" for value in values]
    texts = [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]
    texts = ["0" if text == "-0" else text for text in texts]
    return f'{{"shape": {json.dumps(members["shape"])}, "values": [{", ".join(texts)}]}}'


def text_of_list(tensors):
    return f"[{', '.join(text_of(tensor) for tensor in tensors)}]"


def as_list(outputs):
    return [outputs] if torch.is_tensor(outputs) else list(outputs)


def derivatives(case, inputs):
    """Cotangents, tangents, gradients, tangents of the outputs and the Hessian-vector product of a case."""
    places = [i for i, x in enumerate(inputs) if x is not None and x.dtype == torch.float64]

    def called(*floating):
        given = list(inputs)
        for place, tensor in zip(places, floating):
            given[place] = tensor
        return as_list(case.function(*given))

    primals = [inputs[place] for place in places]
    leaves = [primal.detach().clone().requires_grad_() for primal in primals]
    values = called(*leaves)
    used = [i for i, value in enumerate(values) if value.requires_grad]
    if not used:
        return values, None
    seed = f"{case.op}: {case.name}"
    cotangents = [random_like(values[i], f"{seed}, cotangent {i}") for i in used]
    tangents = [random_like(primal, f"{seed}, tangent {i}") for i, primal in enumerate(primals)]

    def outputs_of(*floating):
        outputs = called(*floating)
        return tuple(outputs[i] for i in used)

    gradients = torch.autograd.grad(outputs_of(*leaves), leaves, cotangents, materialize_grads=True)

    def measure(*floating):
        """Its Hessian is that of the operation, weighed by the gradient, and the Jacobian's square."""
        return sum((y * w).sum() + (y * y).sum() / 2 for y, w in zip(outputs_of(*floating), cotangents))

    slopes = torch.autograd.grad(measure(*leaves), leaves, create_graph=True, materialize_grads=True)
    slope = sum((each * tangent).sum() for each, tangent in zip(slopes, tangents))
    curvatures = [torch.zeros_like(leaf) for leaf in leaves]
    if slope.requires_grad:
        curvatures = torch.autograd.grad(slope, leaves, materialize_grads=True)

    products = torch.func.jvp(outputs_of, tuple(primals), tuple(tangents))[1]
    # PyTorch is a reference where it agrees with itself.
    all_slopes = torch.func.grad(measure, argnums=tuple(range(len(primals))))
    others = torch.func.jvp(all_slopes, tuple(primals), tuple(tangents))[1]
    for one, other in zip(curvatures, others):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)

    def in_place(found):
        """Null for results that are constants."""
        tensors = [None] * len(values)
        for place, tensor in zip(used, found):
            tensors[place] = tensor
        return tensors

    return values, {
        "cotangents": in_place(cotangents),
        "tangents": tangents,
        "gradients": gradients,
        "jvp": in_place(products),
        "hvp": curvatures,
    }


def line_of(case: Case):
    seed = f"{case.op}: {case.name}"
    inputs = [drawn(each, seed, i) for i, each in enumerate(case.inputs)]
    values, others = derivatives(case, inputs)
    parts = [
        f'"op": {json.dumps(case.op)}', f'"case": {json.dumps(case.name)}', f'"config": {json.dumps(case.config)}',
        f'"inputs": {text_of_list(inputs)}', f'"values": {text_of_list([of_type(value) for value in values])}',
    ]
    parts += [f'"{name}": {text_of_list(tensors)}' for name, tensors in (others or {}).items()]
    return "{" + ", ".join(parts) + "}"


def main():
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = False
    folder = pathlib.Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    total = 0
    for family in FAMILIES:
        name = family.__name__.split(".")[-1]
        lines = []
        known = set()
        for case in family.cases():
            if (case.op, case.name) in known:
                raise ValueError(f"{case.op}: {case.name} is there twice")
            known.add((case.op, case.name))
            try:
                lines.append(line_of(case))
            except Exception as error:
                error.add_note(f"{case.op}: {case.name}")
                raise
        header = f'{{"torch": "{torch.__version__}", "python": "{platform.python_version()}", "cases": [\n'
        text = header + ",\n".join(lines) + "\n]}\n"
        (folder / f"{name}.json").write_text(text)
        total += len(text)
        print(f"{name}: {len(lines)} cases, {len(text)} bytes")
    print(f"{total} bytes")


if __name__ == "__main__":
    main()
