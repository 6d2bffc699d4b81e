"""Write FCS files as cytometers do."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

WriteFcs = Callable[..., Path]


def fcs_bytes(
    events: ArrayLike,
    *,
    dtype: str = ">u2",
    version: str = "FCS3.0",
    keywords: dict[str, str | None] | None = None,
) -> bytes:
    """Put HEADER, TEXT and DATA together.

    Parameters
    ----------
    events : array_like, shape (n_events, n_parameters)
        Values as stored.
    dtype : str
        How they are stored, in numpy's notation.
    version : str
        First six bytes.
    keywords : dict, optional
        Added to the required ones, or replacing them; None leaves one out.
    """
    stored = np.asarray(events).astype(dtype)
    n_events, n_parameters = stored.shape
    text: dict[str, str | None] = {
        "$TOT": str(n_events),
        "$PAR": str(n_parameters),
        "$MODE": "L",
        "$DATATYPE": "I" if stored.dtype.kind == "u" else "F",
        "$BYTEORD": "4,3,2,1" if dtype[0] == ">" else "1,2,3,4",
        "$NEXTDATA": "00000000",
    }
    for number in range(1, n_parameters + 1):
        text |= {
            f"$P{number}N": f"FL{number}-H",
            f"$P{number}B": str(8 * stored.itemsize),
            f"$P{number}R": "1024",
            f"$P{number}E": "0,0",
        }
    text |= keywords or {}
    pairs = (f"{name}\\{value}\\" for name, value in text.items() if value is not None)
    segment = ("\\" + "".join(pairs)).encode()
    begin = 58 + len(segment)
    offsets = (58, begin - 1, begin, begin + stored.nbytes - 1, 0, 0)
    header = f"{version:<10}" + "".join(f"{offset:>8}" for offset in offsets)
    return header.encode() + segment + stored.tobytes()


@pytest.fixture
def write_fcs(tmp_path: Path) -> WriteFcs:
    """Write a file (arguments as `fcs_bytes`) and give its path."""

    def to_file(events: ArrayLike, **options: object) -> Path:
        path = tmp_path / "tube.fcs"
        path.write_bytes(fcs_bytes(events, **options))  # type: ignore[arg-type]  # passed on
        return path

    return to_file


@pytest.fixture
def write_lmd(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of two chained data sets, each a dict of `fcs_bytes` arguments."""

    def to_file(first: dict[str, object], second: dict[str, object]) -> Path:
        length = len(fcs_bytes(**first))  # type: ignore[arg-type]  # passed on
        chain = {**first.get("keywords", {}), "$NEXTDATA": f"{length:08}"}  # type: ignore[dict-item]  # passed on
        path = tmp_path / "tube.lmd"
        path.write_bytes(
            fcs_bytes(**{**first, "keywords": chain}) + fcs_bytes(**second)  # type: ignore[arg-type]  # passed on
        )
        return path

    return to_file
