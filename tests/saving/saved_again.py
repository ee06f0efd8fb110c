"""Compares files that Keras saved with those that xtape saved of the models in them: what is where, and is the same.

    saved_again.py KERAS OURS    # without their endings, .keras and .h5
"""
import io
import json
import sys
import zipfile

import h5py
import numpy as np


def check(condition, what):
    if not condition:
        sys.exit(f"{sys.argv[2]} is not as {sys.argv[1]}: {what}")


def arrays_in(group):
    found = {}
    group.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def check_same(keras, ours):
    check(sorted(keras) == sorted(ours), f"arrays {sorted(set(keras) ^ set(ours))}")
    # Where Nadam keeps the product of its momentums changed between the releases; we write it where 3.16 does.
    state = [
        sorted((array.shape, array.tobytes()) for name, array in all.items() if name.startswith("optimizer/"))
        for all in (keras, ours)
    ]
    check(state[0] == state[1], "the optimizer's state")
    for name, array in keras.items():
        if name.startswith("optimizer/") and "v3_8_0" in sys.argv[1]:
            continue
        check(array.dtype == ours[name].dtype and array.shape == ours[name].shape, f"type and shape of {name}")
        check((array == ours[name]).all(), "elements of " + name)


def names_of_groups(file):
    """The attribute "name" of all groups of arrays that have some."""
    found = {}

    def look_at(path, item):
        if isinstance(item, h5py.Group) and path.endswith("vars") and len(item) > 0:
            found[path] = item.attrs.get("name")

    file.visititems(look_at)
    return found


def kinds_of(layers):
    return [(layer["class_name"], layer["config"]["name"]) for layer in layers]


with zipfile.ZipFile(sys.argv[1] + ".keras") as a, zipfile.ZipFile(sys.argv[2] + ".keras") as b:
    check(a.namelist() == b.namelist()[: len(a.namelist())], "entries")
    check(all(name.startswith("xtape/") for name in b.namelist()[len(a.namelist()) :]), "further entries")
    keras, ours = (json.loads(archive.read("config.json")) for archive in (a, b))
    check(kinds_of(keras["config"]["layers"]) == kinds_of(ours["config"]["layers"]), "layers")
    with h5py.File(io.BytesIO(a.read("model.weights.h5"))) as x, h5py.File(io.BytesIO(b.read("model.weights.h5"))) as y:
        check_same(arrays_in(x), arrays_in(y))
        check(names_of_groups(x) == names_of_groups(y), "names of groups")

with h5py.File(sys.argv[1] + ".h5") as a, h5py.File(sys.argv[2] + ".h5") as b:
    x, y = a["model_weights"], b["model_weights"]
    check(list(x.attrs["layer_names"]) == list(y.attrs["layer_names"]), "layer_names")
    for layer in x.attrs["layer_names"]:
        names, our_names = (list(group[layer].attrs["weight_names"]) for group in (x, y))
        # Keras has names of the models around in front, we have not.
        check(all(("/" + name).endswith("/" + ours) for name, ours in zip(names, our_names, strict=True)),
              f"weight_names of {layer}: {our_names}")
        for name, ours in zip(names, our_names):
            check(np.array_equal(x[layer][name], y[layer][ours]), "elements of " + name)
    check(len(a["optimizer_weights"].attrs["weight_names"]) == len(b["optimizer_weights"].attrs["weight_names"])
          if "optimizer_weights" in a else "optimizer_weights" not in b, "optimizer_weights")
print("as Keras has it")
