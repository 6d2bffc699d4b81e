"""Give every tube a stream of random numbers of its own."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *key: str) -> np.random.Generator:
    """Open the stream of random numbers that belongs to a seed and a key.

    Parameters
    ----------
    seed : int
        Seed of the whole simulation, 0 or more.
    *key : str
        What is drawn, and for whom: `"tube", "S01", "D0", "A"`.

    Returns
    -------
    numpy.random.Generator
        The same for the same seed and key, independent of every other and of the
        order in which streams are opened.
    """
    digest = hashlib.sha256("\x1f".join(key).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4")
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(int(w) for w in words))
    return np.random.Generator(np.random.PCG64(sequence))
