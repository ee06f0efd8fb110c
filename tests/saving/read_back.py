"""Reads a file that xtape saved, with h5py and zipfile, and checks what Keras relies on."""
import io
import json
import sys
import zipfile

import h5py
import numpy as np


def check(condition, what):
    if not condition:
        sys.exit("not as Keras has it: " + what)


def strings(values):
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values]


def check_weights(file, expected_groups):
    check("vars" in file, "the root has a group vars")
    for group, (name, shapes) in expected_groups.items():
        check(group in file, "group " + group)
        values = file[group]
        check(values.attrs["name"] == name, f"the name of {group}: {values.attrs['name']}")
        check(sorted(values.keys(), key=int) == [str(i) for i in range(len(shapes))], "arrays of " + group)
        for i, (shape, dtype) in enumerate(shapes):
            array = values[str(i)]
            check(array.shape == tuple(shape) and array.dtype == np.dtype(dtype), f"{group}/{i}: {array}")
    found = []
    file.visititems(lambda name, item: found.append(name) if name.endswith("vars") else None)
    check(sorted(found) == sorted(expected_groups), f"no other groups: {sorted(found)}")


f4 = "<f4"
GROUPS = {
    "vars": ("net", []),
    "layers/conv2d/vars": ("conv", [((3, 3, 2, 4), f4), ((4,), f4)]),
    "layers/batch_normalization/vars": ("norm", [((4,), f4)] * 4),
    "layers/flatten/vars": ("flat", []),
    "layers/dense/vars": ("first", [((144, 3), f4), ((3,), f4)]),
    "layers/dense_1/vars": ("second", [((3, 2), f4), ((2,), f4)]),
}
TRAINED = [(3, 3, 2, 4), (4,), (4,), (4,), (144, 3), (3,), (3, 2), (2,)]
OPTIMIZER = {
    "optimizer/vars": ("adam", [((), "<i4"), ((), f4)] + [(s, f4) for s in TRAINED for _ in range(2)]),
}

folder = sys.argv[1]
with zipfile.ZipFile(folder + "/model.keras") as archive:
    check(archive.testzip() is None, "checksums")
    check(archive.namelist()[:3] == ["metadata.json", "config.json", "model.weights.h5"], "entries")
    check(all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist()), "stored")
    metadata = json.loads(archive.read("metadata.json"))
    check(set(metadata) == {"keras_version", "date_saved"}, "metadata")
    config = json.loads(archive.read("config.json"))
    check(list(config) == ["module", "class_name", "config", "registered_name", "build_config", "compile_config"], "config")
    check((config["module"], config["class_name"]) == ("keras", "Sequential"), "class")
    check(config["build_config"] == {"input_shape": [None, 8, 8, 2]}, "build_config")
    check(config["compile_config"]["loss"] == "mse", "loss")
    check(config["compile_config"]["optimizer"]["class_name"] == "Adam", "optimizer")
    text = archive.read("config.json").decode()
    for key in ("quantization_config", "renorm", "optional", "ragged", "input_axes", "output_axes"):
        check(key not in text, "no key of newer releases: " + key)
    with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
        check_weights(file, GROUPS | OPTIMIZER)
        check(file["optimizer/vars/0"][()] == 2, "steps")
        kernel = file["layers/dense_1/vars/0"][()]

with h5py.File(folder + "/model.weights.h5", "r") as file:
    check_weights(file, GROUPS | OPTIMIZER)
    check((file["layers/dense_1/vars/0"][()] == kernel).all(), "kernel")

with h5py.File(folder + "/model.h5", "r") as file:
    config = json.loads(file.attrs["model_config"])
    check(list(config) == ["class_name", "config"], "model_config")
    check(all("module" not in layer for layer in config["config"]["layers"]), "layers of model_config")
    training = json.loads(file.attrs["training_config"])
    check(training["loss"] == "mse", "loss in training_config")
    check(list(training["optimizer_config"]) == ["class_name", "config"], "optimizer_config")
    weights = file["model_weights"]
    check(strings(weights.attrs["layer_names"]) == ["conv", "norm", "flat", "first", "second"], "layer_names")
    names = {name: strings(weights[name].attrs["weight_names"]) for name in strings(weights.attrs["layer_names"])}
    check(names["norm"] == ["norm/gamma", "norm/beta", "norm/moving_mean", "norm/moving_variance"], "weight_names")
    check(names["flat"] == [], "a layer without weights")
    check((weights["second"]["second/kernel"][()] == kernel).all(), "kernel in model_weights")
    check("top_level_model_weights" in weights, "top_level_model_weights")
    optimizer = strings(file["optimizer_weights"].attrs["weight_names"])
    check(optimizer[:2] == ["adam/iteration", "adam/learning_rate"] and len(optimizer) == 18, "optimizer_weights")
    check(file["optimizer_weights"][optimizer[0]].dtype == np.int32, "type of the steps")

arrays = np.load(folder + "/model.npz")
check((arrays["second/kernel"] == kernel).all(), "kernel in npz")
print("as Keras has it")
