#!/usr/bin/env python3
"""Draws the subset beside this file from the full MNIST: draw.py FOLDER_OF_THE_FULL_SET

Of each digit, images at even distances through the file are taken (500 for training, 100 for testing) and
kept in the file's order. Nothing is random, so that anyone gets the same bytes.
"""
import gzip
import pathlib
import struct
import sys

full = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent

for split, per_digit in (("train", 500), ("t10k", 100)):
    images = (full / f"{split}-images-idx3-ubyte").read_bytes()[16:]
    labels = (full / f"{split}-labels-idx1-ubyte").read_bytes()[8:]
    chosen = []
    for digit in range(10):
        positions = [i for i, label in enumerate(labels) if label == digit]
        chosen += [positions[i * len(positions) // per_digit] for i in range(per_digit)]
    chosen.sort()

    subset = struct.pack(">IIII", 0x0803, len(chosen), 28, 28) + b"".join(images[784 * i : 784 * (i + 1)] for i in chosen)
    (here / f"{split}-images-idx3-ubyte.gz").write_bytes(gzip.compress(subset, 9, mtime=0))
    subset = struct.pack(">II", 0x0801, len(chosen)) + bytes(labels[i] for i in chosen)
    (here / f"{split}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(subset, 9, mtime=0))
