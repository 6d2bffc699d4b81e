import re

import numpy as np
import pytest

from cytoflow_blina.domain.events import Channel
from cytoflow_blina.errors import CorruptFcsError
from cytoflow_blina.fcs.spillover import read_spillover

CHANNELS = (
    Channel("FSC-A", "", "scatter", 262_144),
    Channel("FITC-A", "CD3", "fluorescence", 262_144),
    Channel("PE-A", "CD19", "fluorescence", 262_144),
    Channel("Time", "", "time", 262_144),
)
MATRIX = [[1.0, 0.2], [0.01, 1.0]]


@pytest.mark.parametrize(
    "keywords",
    [
        {"$SPILLOVER": "2,FITC-A,PE-A,1,0.2,0.01,1"},
        {"SPILL": "2, FITC-A ,PE-A\n,1.0, 0.2,1e-2,1,"},
        {"$SPILL": "2,fitc-a,pe-a,1,0.2,0.01,1"},
        {"$SPILLOVER": "2,2,3,1,0.2,0.01,1"},
        {"$COMP": "4,1,0,0,0,0,1,.2,0,0,.01,1,0,0,0,0,0"},
        {"$COMP": "2,1,.2,.01,1"},
    ],
)
def test_a_matrix_is_read_by_names_by_numbers_and_by_order(
    keywords: dict[str, str],
) -> None:
    spillover = read_spillover(keywords, CHANNELS, "tube.fcs")

    assert spillover is not None
    assert spillover.detectors == ("FITC-A", "PE-A")
    np.testing.assert_array_equal(spillover.matrix, MATRIX)


def test_the_newest_keyword_goes_first() -> None:
    keywords = {"$COMP": "2,1,0,0,1", "SPILL": "1,PE-A,1", "$SPILLOVER": "1,FITC-A,1"}

    spillover = read_spillover(keywords, CHANNELS, "tube.fcs")

    assert spillover is not None
    assert spillover.detectors == ("FITC-A",)


def test_a_matrix_may_be_of_some_detectors_in_any_order() -> None:
    spillover = read_spillover({"SPILL": "2,PE-A,FITC-A,1,.1,.2,1"}, CHANNELS, "")

    assert spillover is not None
    assert spillover.detectors == ("PE-A", "FITC-A")


@pytest.mark.parametrize("keywords", [{}, {"$SPILLOVER": ""}, {"SPILL": "  "}])
def test_a_file_without_a_matrix_has_none(keywords: dict[str, str]) -> None:
    assert read_spillover(keywords, CHANNELS, "tube.fcs") is None


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"$SPILLOVER": "2,FITC-A,PE-A"},
            "$SPILLOVER names 2 detectors and holds 0 numbers; expected 4",
        ),
        (
            {"SPILL": "2,FITC-A,PE-A,1,0.2,x,1"},
            "SPILL names 2 detectors and holds 3 numbers; expected 4",
        ),
        (
            {"SPILL": "2,FITC-A,PE,1,0,0,1"},
            "that the file does not have, the first 'PE'. Did you mean 'PE-A'?",
        ),
        ({"SPILL": "2,2,9,1,0,0,1"}, "the first '9'"),
        ({"SPILL": "2,PE-A,PE-A,1,0,0,1"}, "SPILL names a detector twice"),
        ({"SPILL": "many,PE-A"}, "SPILL begins with 'many'; expected the number"),
        ({"SPILL": "999999999,PE-A"}, "begins with '999999999'"),
        ({"$COMP": "3,1,0,0,0,1,0,0,0,1"}, "$COMP has 3 rows for 4 parameters"),
        ({"$COMP": "2,0,0,0,1"}, "$COMP has a diagonal other than 1"),
    ],
)
def test_an_unusable_matrix_says_why(keywords: dict[str, str], message: str) -> None:
    with pytest.raises(CorruptFcsError, match=re.escape(message)) as raised:
        read_spillover(keywords, CHANNELS, "tube.fcs")

    assert str(raised.value).startswith("tube.fcs: ")
    assert "Compensate in the cytometer's software" in str(raised.value)
