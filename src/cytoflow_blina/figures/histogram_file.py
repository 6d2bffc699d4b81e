"""Keep the gate plots of a tube in a file, so that a report needs no events."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.figures.axes import Axis, Tick
from cytoflow_blina.figures.density import (
    N_BINS,
    DrawnGate,
    GateHistogram,
    TubeHistograms,
)

_UNREADABLE = (OSError, EOFError, BadZipFile, zlib.error, KeyError, ValueError)


def save_histograms(path: Path, histograms: TubeHistograms) -> None:
    """Write the gate plots of a tube.

    Parameters
    ----------
    path : Path
        A `.npz` file, replaced where it exists; its folder must exist.
    histograms : TubeHistograms
        What to keep. The same value gives the same bytes.
    """
    counts = [plot.counts for plot in histograms.plots]
    about = json.dumps(_describe(histograms), ensure_ascii=False, sort_keys=True)
    np.savez_compressed(
        path,
        counts=np.stack(counts) if counts else np.empty((0, N_BINS, N_BINS), np.uint32),
        about=np.frombuffer(about.encode(), np.uint8),
    )


def load_histograms(path: Path) -> TubeHistograms:
    """Read what `save_histograms` wrote.

    Parameters
    ----------
    path : Path
        The `.npz` file.

    Returns
    -------
    TubeHistograms
        The plots, outlines and counts exactly as they were saved.

    Raises
    ------
    ConfigError
        The file is missing or damaged.
    """
    try:
        # Opened here, since NumPy leaves what it cannot read open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            counts = stored["counts"]
            about = json.loads(stored["about"].tobytes().decode())
    except _UNREADABLE as error:
        message = "holds no gate plots that can be read. Run the study again."
        raise ConfigError(Problem(path.name, message)) from error
    plots = tuple(
        GateHistogram(
            plot["parent"],
            _axis(plot["x"]),
            _axis(plot["y"]),
            counts[position],
            tuple(_gate(gate) for gate in plot["gates"]),
        )
        for position, plot in enumerate(about["plots"])
    )
    return TubeHistograms(about["sample_id"], about["tube"], plots)


def _describe(histograms: TubeHistograms) -> dict[str, Any]:
    return {
        "sample_id": histograms.sample_id,
        "tube": histograms.tube,
        "plots": [
            {
                "parent": plot.parent,
                "x": _describe_axis(plot.x),
                "y": _describe_axis(plot.y),
                "gates": [_describe_gate(gate) for gate in plot.gates],
            }
            for plot in histograms.plots
        ],
    }


def _describe_axis(axis: Axis) -> dict[str, Any]:
    ticks = [[tick.position, tick.label] for tick in axis.ticks]
    return {"label": axis.label, "low": axis.low, "high": axis.high, "ticks": ticks}


def _axis(stored: dict[str, Any]) -> Axis:
    ticks = tuple(Tick(position, label) for position, label in stored["ticks"])
    return Axis(stored["label"], stored["low"], stored["high"], ticks)


def _describe_gate(gate: DrawnGate) -> dict[str, Any]:
    return {
        "path": gate.path,
        "outline": gate.outline.tolist(),
        "n_events": gate.n_events,
        "n_parent": gate.n_parent,
        "note": gate.note,
    }


def _gate(stored: dict[str, Any]) -> DrawnGate:
    outline = np.array(stored["outline"], dtype=np.float64).reshape(-1, 2)
    return DrawnGate(
        stored["path"],
        outline,
        stored["n_events"],
        stored["n_parent"],
        stored["note"],
    )
