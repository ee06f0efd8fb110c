#!/usr/bin/env python3
"""bench_io.py DIR: what bench_io is compared with, on the files that it left: the same arrays read by h5py and NumPy.

The archive is opened as Keras opens it: h5py reads from the entry, or from its bytes in memory; the faster one counts.
"""
import io
import statistics
import sys
import time
import zipfile

import h5py
import numpy


def arrays(group):
    found = []
    group.visititems(lambda _, item: found.append(item[()]) if isinstance(item, h5py.Dataset) else None)
    return found


def read_keras(path):
    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as entry, h5py.File(entry, "r") as file:
        return arrays(file)


def read_keras_bytes(path):
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
        return arrays(file)


def read_h5(path):
    with h5py.File(path, "r") as file:
        return arrays(file)


def read_npz(path):
    with numpy.load(path) as file:
        return [file[name] for name in file.files]


def read_bytes(path):
    return numpy.fromfile(path, dtype=numpy.uint8)


def measure(name, calls, work):
    work()
    times = []
    for _ in range(calls):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    print(name, 1, "ms", f"{statistics.median(times) * 1e3:.6g}", flush=True)


folder = sys.argv[1]
for name, calls in (("cnn.keras", 20), ("large.keras", 3)):
    measure(f"io.load.{name}@entry", calls, lambda: read_keras(f"{folder}/{name}"))
    measure(f"io.load.{name}@bytes", calls, lambda: read_keras_bytes(f"{folder}/{name}"))
for name, calls in (("cnn", 20), ("large", 3)):
    measure(f"io.load.{name}.h5", calls, lambda: read_h5(f"{folder}/{name}.h5"))
    measure(f"io.load.{name}.weights.h5", calls, lambda: read_h5(f"{folder}/{name}.weights.h5"))
    measure(f"io.load.{name}.npz", calls, lambda: read_npz(f"{folder}/{name}.npz"))
measure("io.load.large.safetensors", 3, lambda: read_bytes(f"{folder}/large.safetensors"))
