"""Sum up what was learnt from negative marrows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cytoflow_blina.errors import Problem
from cytoflow_blina.mrd.learn_reference import (
    QUANTILES,
    HeldOut,
    LearntReference,
    NormalMarrow,
)


@dataclass(frozen=True)
class LearntTube:
    """What was learnt of one tube of a panel.

    Attributes
    ----------
    panel, tube : str
        Which tube.
    n_marrows, n_events : int
        Marrows, and events of B lineage in them.
    stations : mapping of str to int
        Populations by name; those without a name under the empty one.
    between_tubes : mapping of str to float
        By marker, decades by which marrows differ in brightness (SD).
    without_maturation : tuple of str
        Marrows that show too few normal B cells to be part of that.
    held_out : HeldOut
        How far normal events of marrows lie that it was not learnt from.
    """

    panel: str
    tube: str
    n_marrows: int
    n_events: int
    stations: Mapping[str, int]
    between_tubes: Mapping[str, float]
    without_maturation: tuple[str, ...]
    held_out: HeldOut


@dataclass(frozen=True)
class LearnSummary:
    """What came of learning references.

    Attributes
    ----------
    files : tuple of str
        The documents, one for each panel.
    tubes : tuple of LearntTube
        What they hold.
    failed : tuple of Problem
        Marrows that could not be used, and tubes of panels that could not be learnt.
    """

    files: tuple[str, ...]
    tubes: tuple[LearntTube, ...]
    failed: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Turn the summary into what JSON can hold."""
        return asdict(self)

    def as_text(self) -> str:
        """Write the summary for a person."""
        return "\n".join(
            (
                *map(str, self.failed),
                *(line for tube in self.tubes for line in _lines(tube)),
                *(f"Wrote {file}." for file in self.files),
            )
        )


def describe_tube(
    panel: str,
    marrows: Sequence[NormalMarrow],
    learnt: LearntReference,
    held_out: HeldOut,
) -> LearntTube:
    """Sum up what was learnt of one tube.

    Parameters
    ----------
    panel : str
        Name of the panel.
    marrows : sequence of NormalMarrow
        What it was learnt from.
    learnt : LearntReference
        What was learnt.
    held_out : HeldOut
        How far normal events lie.

    Returns
    -------
    LearntTube
        Plain numbers.
    """
    reference = learnt.reference
    names = Counter(
        "" if one.name.isdecimal() else one.name for one in reference.populations
    )
    return LearntTube(
        panel=panel,
        tube=reference.tube,
        n_marrows=len(marrows),
        n_events=sum(len(marrow.events) for marrow in marrows),
        stations=dict(names),
        between_tubes={
            marker: round(float(sd), 4)
            for marker, sd in zip(
                reference.markers, reference.between_tubes, strict=True
            )
        },
        without_maturation=learnt.without_maturation,
        held_out=held_out,
    )


def _lines(tube: LearntTube) -> Iterable[str]:
    """Write what was learnt of a tube for a person."""
    which = f"{tube.panel} {tube.tube}".rstrip()
    stations = ", ".join(
        f"{name or 'without a name'} {n}" for name, n in tube.stations.items()
    )
    yield (
        f"{which}: {tube.n_events} events of B lineage of {tube.n_marrows} marrows; "
        f"{sum(tube.stations.values())} stations ({stations})."
    )
    spread = ", ".join(f"{name} {sd:.2f}" for name, sd in tube.between_tubes.items())
    silent = tube.without_maturation
    n_told = tube.n_marrows - len(silent)
    yield f"  Brightness between {n_told} marrows, SD in decades: {spread}."
    if silent:
        yield (
            f"  {len(silent)} of {tube.n_marrows} marrows show too few normal B cells "
            f"to be compared in brightness and are left out there: {', '.join(silent)}."
        )
    pairs = zip(QUANTILES, tube.held_out.quantiles_sd, strict=True)
    quantiles = ", ".join(f"{100 * q:g} % below {sd:.1f}" for q, sd in pairs)
    yield (
        f"  Distance of {tube.held_out.n_events} events of marrows left out in turn, "
        f"SD: {quantiles}."
    )
