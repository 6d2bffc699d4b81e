"""Write a simulated marrow tube as an FCS 3.1 file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, write_fcs
from cytoflow_blina.simulate.marrow.cytometers import DEFAULT_MARROW_RANGES
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow
from cytoflow_blina.simulate.tube_file import acquisition_keywords, gain_volts

_RANGE = 262_144


def write_marrow(
    tube: SimulatedMarrow, path: Path, *, ranges: MarrowRanges = DEFAULT_MARROW_RANGES
) -> None:
    """Write the events of a marrow tube; nothing of the truth goes into the file.

    Parameters
    ----------
    tube : SimulatedMarrow
        What to write.
    path : Path
        File to write; one that exists is replaced.
    ranges : MarrowRanges
        Those from which the tube was drawn.
    """
    drawn = tube.conditions
    gains = dict(zip(drawn.detectors, drawn.gain.tolist(), strict=True))
    parameters = tuple(
        FcsParameter(
            name,
            label=stain,
            range_max=_RANGE,
            voltage=float(
                np.rint(gain_volts(ranges.detectors[name].voltage, gains[name]))
            )
            if name in gains
            else None,
        )
        for name, stain in zip(tube.detectors, tube.stains, strict=True)
    )
    last = float(tube.values[-1, -1]) if tube.codes.size else 0.0
    keywords = acquisition_keywords(
        tube.spec.acquired_at,
        last * tube.time_step_s,
        cytometer=ranges.cytometer,
        instrument=tube.spec.instrument,
        file_name=path.name,
    )
    keywords |= {"$TIMESTEP": repr(tube.time_step_s), "APPLY COMPENSATION": "TRUE"}
    contents = FcsContents(
        version="3.1",
        parameters=parameters,
        values=tube.values,
        keywords=keywords,
        spillover=tube.spillover,
    )
    write_fcs(path, contents)
