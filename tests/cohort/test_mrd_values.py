"""MRD of marrow as an outcome: detected, below its limit, or not to be had."""

from math import isnan
from pathlib import Path
from typing import Any

import pytest

from cytoflow_blina.cohort.mrd_values import MRD, mrd_source
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.export.tables import read_table, write_table

DRAWN = Sample("S1", "P1", 1, "D0", 0, "BM", "none")


def row(**others: Any) -> dict[str, Any]:
    """Write a row of mrd.csv: 500 events in 500,000."""
    return {
        "sample_id": "S1",
        "subject_id": "P1",
        "visit": "D0",
        "specimen": "BM",
        "mrd_events": 500,
        "denominator": "NUC",
        "denominator_events": 500_000,
        "mrd_percent": 0.1,
        "mrd_percent_lo95": 0.091,
        "mrd_percent_hi95": 0.109,
        "mrd_censored": False,
        "lod_percent": 0.004,
        "lloq_percent": 0.01,
        "status": "POS_QUANT",
        "class": "failure",
        **others,
    }


def undetected(**others: Any) -> dict[str, Any]:
    below = {
        "mrd_events": 0,
        "mrd_percent": 0.0,
        "mrd_percent_lo95": 0.0,
        "mrd_percent_hi95": 0.0007,
        "mrd_censored": True,
        "mrd_upper_percent": 0.0006,
        "status": "NEG",
        "class": "CR",
    }
    return row(**{**below, **others})


def value(folder: Path, *rows: dict[str, Any]) -> UsableValue:
    path = folder / "mrd.csv"
    write_table(path, "mrd", rows)
    source = mrd_source(read_table(path, "mrd"), [DRAWN])
    return source.look_up(DRAWN, MRD)


def test_detected_mrd_comes_with_its_interval(tmp_path: Path) -> None:
    found = value(tmp_path, row())

    assert (found.value, found.lo95, found.hi95) == (0.1, 0.091, 0.109)
    assert not found.is_censored
    assert isnan(found.limit)


@pytest.mark.parametrize(
    ("upper", "expected"), [(0.0006, 0.004), (0.0052, 0.0052), (None, 0.004)]
)
def test_undetected_mrd_is_the_larger_of_its_limits(
    tmp_path: Path, upper: float | None, expected: float
) -> None:
    found = value(tmp_path, undetected(mrd_upper_percent=upper))

    assert (found.value, found.limit, found.is_censored) == (expected, expected, True)


def test_mrd_that_is_not_evaluable_is_no_value(tmp_path: Path) -> None:
    nothing = {
        "mrd_events": None,
        "mrd_percent": None,
        "mrd_censored": None,
        "status": "NOT_EVALUABLE",
        "class": "NE",
    }

    found = value(tmp_path, row(**nothing))

    assert isnan(found.value)
    assert found.problem == "MRD is not evaluable"


def test_a_marrow_that_was_not_measured_is_no_value(tmp_path: Path) -> None:
    assert value(tmp_path).problem == "MRD was not measured"


def test_percent_of_other_cells_is_not_compared(tmp_path: Path) -> None:
    others = [row(sample_id=f"S{n}", denominator="NUC") for n in (2, 3)]

    found = value(tmp_path, row(denominator="MNC"), *others)

    assert found.problem == "MRD in percent of MNC, of others in that of NUC"


def test_blood_has_no_mrd_of_marrow(tmp_path: Path) -> None:
    path = tmp_path / "mrd.csv"
    write_table(path, "mrd", [row()])
    blood = Sample("S2", "P1", 1, "D0", 0, "PB", "none")

    source = mrd_source(read_table(path, "mrd"), [blood, DRAWN])

    assert source.samples == (DRAWN,)
