"""Write a simulated tube as the FCS file its cytometer would leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import log10
from pathlib import Path

import numpy as np

from cytoflow_blina.bridge.fcs_writer import (
    FcsContents,
    FcsParameter,
    write_data_sets,
    write_fcs,
)
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.navios import lmd_data_sets
from cytoflow_blina.simulate.ranges import Cytometer, Ranges
from cytoflow_blina.simulate.tube import SimulatedTube

# FCS wants English months, whatever the language of the machine.
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"

_DECADES_PER_DECADE_OF_VOLTS = 7.5
"""A photomultiplier's gain grows with about this power of its voltage."""


def write_tube(
    tube: SimulatedTube, path: Path, *, ranges: Ranges = DEFAULT_RANGES
) -> None:
    """Write the events of a tube; nothing of the truth goes into the file.

    Parameters
    ----------
    tube : SimulatedTube
        What to write.
    path : Path
        File to write; one that exists is replaced.
    ranges : Ranges
        Those from which the tube was drawn.
    """
    cytometer = ranges.cytometers[tube.spec.panel]
    if cytometer.stores == "steps":
        write_data_sets(path, _lmd_data_sets(tube, cytometer, path.name))
        return
    is_calibur = cytometer.stores == "channels"
    keep = [
        column
        for column, detector in enumerate(tube.columns.detectors)
        if detector != "FSC-W" or tube.spec.form.has_width
    ]
    parameters = tuple(
        _parameter(tube.columns.detectors[column], tube, cytometer) for column in keep
    )
    keywords = _keywords(tube, cytometer, path.name)
    contents = FcsContents(
        version="2.0" if is_calibur else tube.spec.form.float_version,
        parameters=parameters,
        values=tube.columns.values[:, keep],
        keywords=keywords,
        spillover=tube.spillover,
    )
    write_fcs(path, contents)


def _lmd_data_sets(
    tube: SimulatedTube, cytometer: Cytometer, file_name: str
) -> tuple[FcsContents, ...]:
    """Give an LMD file what it says beside the events."""
    markers = cytometer.tubes[tube.spec.tube]
    detectors = tuple(detector.name for detector in cytometer.detectors)
    return lmd_data_sets(
        tube.columns,
        Spillover(detectors, tube.conditions.believed_spill),
        stains=markers if tube.spec.form.labelled else ("",) * len(markers),
        volts=[_volts(tube, cytometer, at) for at in range(len(markers))],
        keywords=_keywords(tube, cytometer, file_name),
    )


def _volts(tube: SimulatedTube, cytometer: Cytometer, at: int) -> float:
    """Tell which voltage gives a detector the gain that the tube drew."""
    nominal = cytometer.detectors[at].voltage
    return gain_volts(nominal, float(tube.conditions.gain[at]))


def _parameter(
    detector: str, tube: SimulatedTube, cytometer: Cytometer
) -> FcsParameter:
    """Declare one column as the cytometer's software does."""
    names = [d.name for d in cytometer.detectors]
    top = 1024 if cytometer.stores == "channels" else 262_144
    if detector not in names:
        return FcsParameter(detector, range_max=top)
    at = names.index(detector)
    return FcsParameter(
        detector,
        label=_label(tube, cytometer, at) if tube.spec.form.labelled else "",
        range_max=top,
        amplification="4,0" if cytometer.stores == "channels" else "0,0",
        voltage=float(np.rint(_volts(tube, cytometer, at))),
    )


def _label(tube: SimulatedTube, cytometer: Cytometer, at: int) -> str:
    """Name the antigen, for a FACSCalibur with the dye that its operators add."""
    marker = cytometer.tubes[tube.spec.tube][at]
    if cytometer.stores == "channels":
        return f"{marker} {('FITC', 'PE', 'PerCP', 'APC')[at]}"
    return marker


def acquisition_keywords(
    start: datetime,
    duration_s: float,
    *,
    cytometer: str,
    instrument: str,
    file_name: str,
) -> dict[str, str]:
    """Say when and on what a file was acquired.

    Parameters
    ----------
    start : datetime
        When the first event came, by the instrument's clock.
    duration_s : float
        Seconds until the last.
    cytometer, instrument : str
        `$CYT`, and `$CYTSN`, which is left out where empty.
    file_name : str
        `$FIL`.

    Returns
    -------
    dict of str to str
        Value by keyword.
    """
    end = start + timedelta(seconds=duration_s)
    month = _MONTHS[3 * start.month - 3 : 3 * start.month]
    keywords = {
        "$CYT": cytometer,
        "$COM": "simulated events, for research use only",
        "$DATE": f"{start:%d}-{month}-{start:%Y}",
        "$BTIM": start.strftime("%H:%M:%S"),
        "$ETIM": end.strftime("%H:%M:%S"),
        "$FIL": file_name,
        "CREATOR": "cytoflow-blina simulate",
    }
    return keywords | ({"$CYTSN": instrument} if instrument else {})


def gain_volts(nominal: float, gain: float) -> float:
    """Tell which voltage gives a photomultiplier its gain.

    Parameters
    ----------
    nominal : float
        Volts at which the gain is 1.
    gain : float
        Gain beside that, above 0.

    Returns
    -------
    float
        Volts.
    """
    return nominal * 10 ** (log10(gain) / _DECADES_PER_DECADE_OF_VOLTS)


def _keywords(
    tube: SimulatedTube, cytometer: Cytometer, file_name: str
) -> dict[str, str]:
    """Make keywords of the kind that cytometers write, without any person's name."""
    common = acquisition_keywords(
        tube.spec.acquired_at,
        tube.duration_s,
        cytometer=cytometer.name,
        instrument=tube.spec.instrument,
        file_name=file_name,
    )
    if cytometer.stores == "steps":
        return common
    if cytometer.stores == "floats":
        return common | {
            "$TIMESTEP": repr(tube.columns.time_step_s),
            "APPLY COMPENSATION": "TRUE",
        }
    # CellQuest's settings: FL1-%FL2, FL2-%FL1, FL2-%FL3, FL3-%FL2, and FL3 with FL4.
    spill = np.rint(1000 * tube.conditions.believed_spill).astype(int)
    pairs = {34: (1, 0), 35: (0, 1), 36: (2, 1), 37: (1, 2), 49: (3, 2), 50: (2, 3)}
    settings = {f"BD$WORD{word}": str(spill[pair]) for word, pair in pairs.items()}
    return (
        common
        | {
            "TIMETICKS": str(round(1000 * tube.columns.time_step_s)),
            "BD$LASERMODE": "1",
        }
        | settings
    )
