"""Keep the MRD plots of a tube in a file, so that a report needs no events."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.figures.axes import Axis, Tick
from cytoflow_blina.figures.density import N_BINS
from cytoflow_blina.figures.marrow_histograms import (
    CandidateDots,
    Ellipsoid,
    MarrowHistograms,
    MarrowPlot,
)

MARROW_SUFFIX = ".mrd.npz"
"""Ending of the file, after the name that the tube's gate plots have too."""

_UNREADABLE = (
    OSError,
    EOFError,
    BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
)


def save_marrow(path: Path, histograms: MarrowHistograms) -> None:
    """Write the MRD plots of a tube.

    Parameters
    ----------
    path : Path
        A file that ends in `MARROW_SUFFIX`, replaced where it exists; its folder must
        exist.
    histograms : MarrowHistograms
        What to keep. The same value gives the same bytes.
    """
    counts = [plot.counts for plot in histograms.plots]
    dots = [one.dots for one in histograms.candidates]
    about = json.dumps(_describe(histograms), ensure_ascii=False, sort_keys=True)
    no_dots = np.empty((0, len(histograms.columns)), np.float32)
    np.savez_compressed(
        path,
        counts=np.stack(counts) if counts else np.empty((0, N_BINS, N_BINS), np.uint32),
        dots=np.concatenate([no_dots, *dots]).astype(np.float32),
        mrd=np.frombuffer(about.encode(), np.uint8),
    )


def load_marrow(path: Path) -> MarrowHistograms:
    """Read what `save_marrow` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    MarrowHistograms
        Exactly as it was saved.

    Raises
    ------
    ConfigError
        The file is missing or damaged.
    """
    try:
        # Opened here, since NumPy leaves what it cannot read open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            about = json.loads(stored["mrd"].tobytes().decode())
            return _histograms(about, stored["counts"], stored["dots"])
    except _UNREADABLE as error:
        message = "holds no MRD plots that can be read. Run the study again."
        raise ConfigError(Problem(path.name, message)) from error


def _histograms(
    about: dict[str, Any], counts: NDArray[np.uint32], dots: NDArray[np.float32]
) -> MarrowHistograms:
    ends = np.cumsum([one["n_dots"] for one in about["candidates"]]).tolist()
    starts = [0, *ends]
    return MarrowHistograms(
        about["sample_id"],
        about["tube"],
        tuple(about["columns"]),
        tuple(_axis(one) for one in about["axes"]),
        tuple(
            MarrowPlot(
                one["x"], one["y"], one["background"], one["n_events"], counts[place]
            )
            for place, one in enumerate(about["plots"])
        ),
        tuple(
            CandidateDots(
                one["path"],
                one["n_events"],
                dots[start:end],
                _ellipsoid(one["gate"]) if one["gate"] else None,
            )
            for one, start, end in zip(about["candidates"], starts, ends, strict=False)
        ),
        tuple(_ellipsoid(one) for one in about["normal"]),
        _ellipsoid(about["diagnosis"]) if about["diagnosis"] else None,
    )


def _describe(histograms: MarrowHistograms) -> dict[str, Any]:
    return {
        "sample_id": histograms.sample_id,
        "tube": histograms.tube,
        "columns": histograms.columns,
        "axes": [_describe_axis(axis) for axis in histograms.axes],
        "plots": [
            {
                "x": plot.x,
                "y": plot.y,
                "background": plot.background,
                "n_events": plot.n_events,
            }
            for plot in histograms.plots
        ],
        "candidates": [
            {
                "path": one.path,
                "n_events": one.n_events,
                "n_dots": len(one.dots),
                "gate": one.gate and _describe_ellipsoid(one.gate),
            }
            for one in histograms.candidates
        ],
        "normal": [_describe_ellipsoid(one) for one in histograms.normal],
        "diagnosis": histograms.diagnosis and _describe_ellipsoid(histograms.diagnosis),
    }


def _describe_axis(axis: Axis) -> dict[str, Any]:
    ticks = [[tick.position, tick.label] for tick in axis.ticks]
    return {"label": axis.label, "low": axis.low, "high": axis.high, "ticks": ticks}


def _axis(stored: dict[str, Any]) -> Axis:
    ticks = tuple(Tick(position, label) for position, label in stored["ticks"])
    return Axis(stored["label"], stored["low"], stored["high"], ticks)


def _describe_ellipsoid(one: Ellipsoid) -> dict[str, Any]:
    return {
        "name": one.name,
        "columns": one.columns,
        "center": one.center.tolist(),
        "covariance": one.covariance.tolist(),
        "distance_squared": one.distance_squared,
    }


def _ellipsoid(stored: dict[str, Any]) -> Ellipsoid:
    return Ellipsoid(
        stored["name"],
        tuple(stored["columns"]),
        np.array(stored["center"], dtype=np.float64),
        np.array(stored["covariance"], dtype=np.float64),
        stored["distance_squared"],
    )
