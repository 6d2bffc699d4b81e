"""Keep what each seed gave, so that an interrupted reproduction goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from math import nan
from pathlib import Path

from cytoflow_blina import __version__
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.published.claim_routes import claim_routes
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.workflow.reproduction.calibration import Ratio
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort
from cytoflow_blina.workflow.reproduction.drawn_seed import SeedResult
from cytoflow_blina.workflow.reproduction.held import SeedRow

FOLDER = "seeds"
MARK = "made-of.sha256"
"""File by which the folder of a reproduction is known."""


class KeptResults:
    """Results of seeds, in a folder of the output.

    Parameters
    ----------
    out : Path
        The output folder of the reproduction.
    cohort : SyntheticCohort
        The patients; results of others, or of another version, are not used.
    """

    def __init__(self, out: Path, cohort: SyntheticCohort) -> None:
        self.folder = out / FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        self.stamp = _stamp(cohort)
        self._remove_others()

    def load(self, source: str, seed: int) -> SeedResult | None:
        """Load the result of a seed.

        Parameters
        ----------
        source : {"drawn", "fcs"}
            How the counts were had.
        seed : int
            Seed of the cytometer.

        Returns
        -------
        SeedResult or None
            None where there is none that is whole and of this cohort.
        """
        try:
            content = json.loads(self._file(source, seed).read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            return None
        if content.get("stamp") != self.stamp:
            return None
        return SeedResult(
            rows=tuple(_row(one) for one in content["rows"]),
            ratios=tuple(Ratio(**one) for one in content["ratios"]),
        )

    def save(self, source: str, seed: int, result: SeedResult) -> None:
        """Save the result of a seed, whole or not at all.

        Parameters
        ----------
        source : {"drawn", "fcs"}
            How the counts were had.
        seed : int
            Seed of the cytometer.
        result : SeedResult
            What it gave.
        """
        content = {
            "stamp": self.stamp,
            "rows": [_plain(asdict(one)) for one in result.rows],
            "ratios": [asdict(one) for one in result.ratios],
        }
        file = self._file(source, seed)
        partial = file.with_suffix(".part")
        partial.write_text(json.dumps(content), encoding="utf-8", newline="\n")
        partial.replace(file)

    def missing(self, source: str, seeds: Iterable[int]) -> list[int]:
        """List the seeds that have no result yet."""
        return [seed for seed in seeds if self.load(source, seed) is None]

    def _remove_others(self) -> None:
        """Remove what is half done of another cohort or version: files, not results.

        A file of another cohort has the same name and stands in the same sheet.
        """
        mark = self.folder / MARK
        if mark.exists() and mark.read_text(encoding="utf-8") == self.stamp:
            return
        for begun in self.folder.iterdir():
            if begun.is_dir():
                shutil.rmtree(begun)
        mark.write_text(self.stamp, encoding="utf-8", newline="\n")

    def _file(self, source: str, seed: int) -> Path:
        return self.folder / f"{source}-{seed:03}.json"


def _plain(row: dict[str, object]) -> dict[str, object]:
    """Write NaN as null, which JSON has."""
    return {key: None if value != value else value for key, value in row.items()}  # noqa: PLR0124  NaN alone differs from itself


def _row(content: dict[str, object]) -> SeedRow:
    numbers = {
        name: nan if content[name] is None else content[name]
        for name, kind in SeedRow.__annotations__.items()
        if kind == "float"
    }
    return SeedRow(**{**content, **numbers})  # type: ignore[arg-type]  # as it was saved


def _stamp(cohort: SyntheticCohort) -> str:
    """Hash all that a result depends on."""
    digest = hashlib.sha256(__version__.encode())
    for name in sorted(cohort.documents):
        digest.update(name.encode() + cohort.documents[name])
    for path in sorted(shipped_documents().rglob("*.toml")):
        digest.update(path.read_bytes())
    digest.update(repr((published_claims(), sorted(claim_routes().items()))).encode())
    return digest.hexdigest()
