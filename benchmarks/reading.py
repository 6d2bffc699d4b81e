"""Time the reading of integer and floating-point files against FlowIO, in one run.

Run as ``python benchmarks/reading.py``. Imports are excluded; the file is in the
page cache for both. `stored`: values as stored, FlowIO's as float64. `linear`:
amplification undone, in float64; ours column-major, as `read_tube` gives it, and with
the hash of the file.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import flowio
import numpy as np

from cytoflow_blina.bridge.fcs_reader import read_data_sets
from cytoflow_blina.fcs.read import read_tube

N_EVENTS = 1_000_000
TARGET = 30


def write_file(path: Path, stored: np.ndarray, value_range: int, exponent: str) -> None:
    """Write a file as the standard says.

    Parameters
    ----------
    path : Path
        Where to.
    stored : ndarray, shape (n_events, n_parameters)
        Values, in the type that the file shall have.
    value_range : int
        `$PnR`.
    exponent : str
        `$PnE`.
    """
    n_events, n_parameters = stored.shape
    keywords = {
        "$TOT": n_events,
        "$PAR": n_parameters,
        "$MODE": "L",
        "$DATATYPE": "I" if stored.dtype.kind == "u" else "F",
        "$BYTEORD": "4,3,2,1" if stored.dtype.str[0] == ">" else "1,2,3,4",
        "$NEXTDATA": 0,
    }
    for number in range(1, n_parameters + 1):
        keywords |= {
            f"$P{number}N": f"FL{number}-H",
            f"$P{number}B": 8 * stored.itemsize,
            f"$P{number}R": value_range,
            f"$P{number}E": exponent,
        }
    text = "/" + "".join(f"{name}/{value}/" for name, value in keywords.items())
    begin = 58 + len(text)
    offsets = (58, begin - 1, begin, begin + stored.nbytes - 1, 0, 0)
    header = "FCS2.0    " + "".join(f"{offset:>8}" for offset in offsets)
    path.write_bytes((header + text).encode() + stored.tobytes())


def best_of(times: int, run: Callable[[], object]) -> float:
    """Give the shortest of some run times, in milliseconds."""
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return 1000 * min(seconds)


def stored_values(path: Path) -> np.ndarray:
    """Read values as stored, ndarray, shape (n_events, n_parameters)."""
    return read_data_sets(path)[0].values


def linear_values(path: Path) -> np.ndarray:
    """Read linear values, ndarray of float64, shape (n_events, n_parameters)."""
    return read_tube(path).events.values


def flowio_values(path: Path, *, preprocess: bool) -> np.ndarray:
    """Read with FlowIO, ndarray of float64, shape (n_events, n_parameters)."""
    values: np.ndarray = flowio.FlowData(path).as_array(preprocess=preprocess)
    return values


def main() -> None:
    draw = np.random.default_rng(1)
    files = {
        "int16, 10 bits, log, x 8": (
            draw.integers(0, 1024, (N_EVENTS, 8)).astype(">u2"),
            1024,
            "4,0",
        ),
        "int32, 18 bits, linear, x 8": (
            draw.integers(0, 1 << 18, (N_EVENTS, 8)).astype("<u4"),
            1 << 18,
            "0,0",
        ),
        "float32, x 12": (
            draw.normal(1000, 500, (N_EVENTS, 12)).astype(">f4"),
            1 << 18,
            "0,0",
        ),
    }
    print(f"{N_EVENTS} events; milliseconds, best of some; ratio = FlowIO / ours")
    print(f"{'':<30}{'stored':^26}{'linear':^26}")
    columns = f"{'FlowIO':>9}{'ours':>8}{'ratio':>9}"
    print(f"{'file':<30}{columns}{columns}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tube.fcs"
        for name, (stored, value_range, exponent) in files.items():
            write_file(path, stored, value_range, exponent)
            row = f"{name:<30}"
            for ours, preprocess in ((stored_values, False), (linear_values, True)):
                oracle = partial(flowio_values, path, preprocess=preprocess)
                assert np.array_equal(ours(path), oracle())
                mine, other = best_of(5, partial(ours, path)), best_of(2, oracle)
                row += f"{other:>9.0f}{mine:>8.0f}{other / mine:>8.0f}x"
            print(row)
    print(f"target for integers: {TARGET}x")


if __name__ == "__main__":
    main()
