"""Read a tube with blasts and one of normal marrow, and see that they may be mixed."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoflow_blina.bridge.fcs_writer import FcsParameter
from cytoflow_blina.bridge.gating_ml import read_gating_ml
from cytoflow_blina.domain.events import Acquisition, BoolArray, FloatArray, Tube
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import (
    ConfigError,
    FcsError,
    GatingError,
    Problem,
    SampleSheetError,
    did_you_mean,
)
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.apply import apply_strategy
from cytoflow_blina.preprocess.rescale import scale_for_strategy

_SETTINGS = {"$PnV": "voltage", "$PnG": "gain"}


@dataclass(frozen=True)
class BlastChoice:
    """Which events of a tube are blasts.

    Attributes
    ----------
    gates : Path or None
        Gating-ML of the tube.
    population : str
        Path of the gate of blasts in it.
    labels : Path or None
        CSV, also gzipped, with a label for each event in the order of the file.
    label : str
        The label of blasts.
    """

    gates: Path | None = None
    population: str = ""
    labels: Path | None = None
    label: str = "blast"


@dataclass(frozen=True, eq=False)
class DilutionTubes:
    """Events that may be mixed.

    Attributes
    ----------
    normal, blasts : ndarray of float64, shape (n_events, n_channels)
        Linear units, time in seconds where the file says how long a step is; blasts
        with the spillover of the normal tube.
    parameters : tuple of FcsParameter
        The columns, as they are written.
    spillover : Spillover or None
        The matrix of the normal tube.
    time : int or None
        Column of time.
    cytometer : str
        `$CYT` of the normal tube.
    has_seconds : bool
        Whether time is in seconds.
    notes : tuple of str
        What a person should know of the pair.
    """

    normal: FloatArray
    blasts: FloatArray
    parameters: tuple[FcsParameter, ...]
    spillover: Spillover | None
    time: int | None
    cytometer: str
    has_seconds: bool
    notes: tuple[str, ...]


def read_dilution_tubes(
    blasts: Path, normal: Path, choice: BlastChoice
) -> DilutionTubes:
    """Read both tubes, and take the blasts of the first.

    Parameters
    ----------
    blasts : Path
        FCS file that holds blasts.
    normal : Path
        FCS file of normal marrow, all events of which are taken for normal.
    choice : BlastChoice
        Which events of the first are blasts.

    Returns
    -------
    DilutionTubes
        Where the matrices differ, blasts are compensated by their own and given the
        spillover of the normal tube; a note says so.

    Raises
    ------
    FcsError
        Where a file cannot be read, or the two were not measured alike: parameters,
        labels, ranges, voltages or gains differ, or one alone has a matrix.
    ConfigError
        Where it is not said, or said twice, which events are blasts.
    GatingError
        Where the gates cannot be read or do not have the population.
    SampleSheetError
        Where the labels do not fit the file.
    """
    _check_choice(choice)
    patient, healthy = read_tube(blasts), read_tube(normal)
    problems = [
        Problem(f"{blasts.name} and {normal.name}", message)
        for message in _differences(patient, healthy)
    ]
    if problems:
        raise FcsError(*problems)
    is_blast = _blasts_of(patient, choice)
    where = choice.population or choice.label
    if not is_blast.any():
        message = f"no event is in {where!r}; there is nothing to mix."
        raise ConfigError(Problem(blasts.name, message))
    values, notes = _with_spillover(patient, healthy, is_blast)
    time = [
        place for place, one in enumerate(healthy.events.channels) if one.kind == "time"
    ]
    return DilutionTubes(
        normal=_in_time_order(healthy.events.values, time),
        blasts=values,
        parameters=_parameters(healthy),
        spillover=healthy.acquisition.spillover,
        time=time[0] if time else None,
        cytometer=healthy.acquisition.cytometer,
        has_seconds=healthy.acquisition.time_step_s is not None,
        notes=notes,
    )


def _check_choice(choice: BlastChoice) -> None:
    """Refuse a command line that does not say which events are blasts."""
    if (choice.gates is None) == (choice.labels is None):
        message = (
            "say which events are blasts: by --gates FILE and --population PATH, or by "
            "--labels CSV; by one of the two."
        )
        raise ConfigError(Problem("--gates, --labels", message))
    if (choice.gates is None) != (not choice.population):
        message = "belong together: the file of the gates, and the path of the blasts."
        raise ConfigError(Problem("--gates, --population", message))


def _differences(patient: Tube, healthy: Tube) -> Iterator[str]:
    """Say in what two tubes were not measured alike."""
    ours, theirs = patient.events.channels, healthy.events.channels
    names = [one.detector for one in ours], [one.detector for one in theirs]
    if names[0] != names[1]:
        yield (
            f"the parameters differ: {', '.join(names[0])} against "
            f"{', '.join(names[1])}. Take tubes of one panel and one cytometer, "
            "exported in the same order."
        )
        return
    for one, other in zip(ours, theirs, strict=True):
        for what, a, b in (
            ("label ($PnS)", _plain(one.label), _plain(other.label)),
            ("range ($PnR)", one.range_max, other.range_max),
        ):
            if a != b:
                yield f"{one.detector}: the {what} differs: {a!r} against {b!r}."
    yield from _other_settings(patient.acquisition, healthy.acquisition, names[0])
    matrices = [one.acquisition.spillover is None for one in (patient, healthy)]
    if matrices[0] != matrices[1]:
        yield (
            "one file has a spillover matrix and the other has none. Export both in "
            "the same way."
        )


def _other_settings(
    patient: Acquisition, healthy: Acquisition, detectors: Sequence[str]
) -> Iterator[str]:
    """Say which detectors were set otherwise."""
    settings = patient.settings, healthy.settings
    for name in detectors:
        for kind, what in _SETTINGS.items():
            a, b = (one.get(f"{name} {kind}", "") for one in settings)
            if a != b:
                yield (
                    f"{name}: the {what} ({kind}) differs: {a or 'none'} against "
                    f"{b or 'none'}. Blasts would be shown at another brightness than "
                    "normal cells; take tubes of one setting."
                )


def _plain(label: str) -> str:
    """Write a label without what does not matter: capitals and blanks."""
    return " ".join(label.split()).upper()


def _blasts_of(tube: Tube, choice: BlastChoice) -> BoolArray:
    """Tell which events are blasts, ndarray of bool, shape (n_events,)."""
    if choice.gates is not None:
        return _in_gate(tube, choice.gates, choice.population)
    if choice.labels is not None:
        return _labelled(tube.acquisition, choice.labels, choice.label)
    return np.zeros(tube.events.n_events, dtype=np.bool_)


def _in_gate(tube: Tube, file: Path, path: str) -> BoolArray:
    """Apply gates and take one population."""
    strategy = read_gating_ml(file)
    if path not in strategy.paths:
        message = (
            f"has no population {path!r}; it has {', '.join(strategy.paths)}."
            f"{did_you_mean(path, strategy.paths)}"
        )
        raise GatingError(Problem(file.name, message))
    spillover = tube.acquisition.spillover
    events = scale_for_strategy(tube.events, strategy, spillover)
    return apply_strategy(strategy, events)[path].mask


def _labelled(acquisition: Acquisition, file: Path, label: str) -> BoolArray:
    """Take the events of one label."""
    labels = _read_labels(file)
    if len(labels) != acquisition.n_events:
        message = (
            f"has {len(labels)} labels, and {acquisition.file_name} has "
            f"{acquisition.n_events} events; one for each event in its order is needed."
        )
        raise SampleSheetError(Problem(file.name, message))
    known = sorted(set(labels))
    if label not in known:
        message = (
            f"has no label {label!r}; it has {', '.join(known)}. Name the one of "
            f"blasts by --label.{did_you_mean(label, known)}"
        )
        raise SampleSheetError(Problem(file.name, message))
    return np.array([one == label for one in labels], dtype=np.bool_)


def _read_labels(file: Path) -> list[str]:
    """Read the column `label`, or the only column."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError) as error:
        message = "cannot be read as a table of text (CSV, UTF-8). Check the file."
        raise SampleSheetError(Problem(file.name, message)) from error
    header = rows[0] if rows else []
    if "label" not in header and len(header) != 1:
        message = f"has no column 'label'; its columns are {', '.join(header)}."
        raise SampleSheetError(Problem(file.name, message))
    place = header.index("label") if "label" in header else 0
    return [row[place] if place < len(row) else "" for row in rows[1:]]


def _with_spillover(
    patient: Tube, healthy: Tube, is_blast: BoolArray
) -> tuple[FloatArray, tuple[str, ...]]:
    """Give blasts the spillover of the normal tube."""
    values = patient.events.values[is_blast]
    own, wanted = patient.acquisition.spillover, healthy.acquisition.spillover
    if own is None or wanted is None:
        return values, ()
    if own.detectors != wanted.detectors:
        message = (
            f"the matrices cover other detectors: {', '.join(own.detectors)} against "
            f"{', '.join(wanted.detectors)}. Export both tubes in the same way."
        )
        names = f"{patient.acquisition.file_name} and {healthy.acquisition.file_name}"
        raise FcsError(Problem(names, message))
    if np.allclose(own.matrix, wanted.matrix, rtol=0, atol=1e-9):
        return values, ()
    columns = [patient.events.index(name) for name in own.detectors]
    true = np.linalg.solve(own.matrix.T, values[:, columns].T).T
    values[:, columns] = true @ wanted.matrix
    note = (
        "The spillover matrices of the two files differ: blasts were compensated by "
        "their own and given the spillover of the normal tube."
    )
    return values, (note,)


def _in_time_order(values: FloatArray, time: list[int]) -> FloatArray:
    """Sort events by time, ndarray of float64, shape (n_events, n_channels)."""
    if not time:
        return values
    return values[np.argsort(values[:, time[0]], kind="stable")]


def _parameters(tube: Tube) -> tuple[FcsParameter, ...]:
    """Describe the columns as they are written: linear, without gain."""
    settings = tube.acquisition.settings
    parameters = []
    for channel in tube.events.channels:
        voltage = settings.get(f"{channel.detector} $PnV", "")
        is_number = voltage.replace(".", "", 1).isdecimal()
        top = channel.range_max if np.isfinite(channel.range_max) else 0.0
        parameters.append(
            FcsParameter(
                detector=channel.detector,
                label=channel.label if channel.kind != "time" else "",
                range_max=max(int(np.ceil(top)), 1),
                voltage=float(voltage) if is_number else None,
            )
        )
    return tuple(parameters)
