"""Every file of the torture folder gives the events it holds, or a reason why not.

The independent decode is FlowIO where it reads right. Where it does not, the file is
decoded here, bit by bit, from offsets that were worked out by hand.
"""

import io
import re
import warnings
from pathlib import Path
from typing import Literal

import flowio
import numpy as np
import pytest

from cytoflow_blina.bridge.fcs_reader import FcsDataSet, read_data_sets
from cytoflow_blina.errors import (
    CorruptFcsError,
    FcsError,
    NotFcsError,
    TruncatedFcsError,
)
from cytoflow_blina.fcs.read import read_all_data_sets, read_tube

REFUSED: dict[str, tuple[type[FcsError], str]] = {
    "corrupted_10_bytes.fcs": (NotFcsError, "does not begin with 'FCS'"),
    "cytek_nl2000_header_only.fcs": (
        TruncatedFcsError,
        "the file ends early: 0 of 20000 announced events are there",
    ),
    "partec_cyflow29.fcs": (CorruptFcsError, r"\$DATATYPE is missing from TEXT"),
}

# Offsets of DATA, where FlowIO reads nothing or reads the wrong bytes.
BY_HAND = {
    # HEADER is right (DATA follows TEXT), TEXT is 46 bytes late.
    ("cyan.fcs", 0): 2_284,
    ("cytek_xp5.fcs", 0): 4_096,  # 24 bits
    ("flowcal_Data003.fcs", 0): 4_096,  # 24 bits
    ("offsets_in_text_large.fcs", 0): 2_462,  # HEADER is blank
    ("fc500.LMD", 0): 8_192,  # 10 bits declared, 16 stored
}
WORDS_OF_16 = {("fc500.LMD", 0)}

READABLE = {
    "3FITC_4PE_004.fcs": [94_569],
    "B01_KC.fcs": [1_589],
    "G11.fcs": [5_785],
    "bitmask_fcs1_cleaned.lmd": [50_000],
    "coulter_multi_dataset.lmd": [18_110, 18_110],
    "cyan.fcs": [5_789],
    "cyflow_cube_8.fcs": [725],
    "cytek_xp5.fcs": [23_126],
    "duplicate_pnn.fcs": [8_129],
    "epics_system_ii.lmd": [10_358],
    "facscalibur_comp_060909.001": [10_000],
    "facscalibur_fcs2_E07.fcs": [10_000],
    "facscalibur_fcs2_log_int.fcs": [10_000],
    "facscalibur_hts.fcs": [37_395],
    "fc500.LMD": [27_072, 27_072],
    "flowbeads1.fcs": [5_144],
    "flowcal_Data001.fcs": [20_949],
    "flowcal_Data002.fcs": [20_000],
    "flowcal_Data003.fcs": [25_000],
    "gallios.LMD": [26_383, 26_383],
    "gigasom_comp.fcs": [5],
    "gvhd_s10a01.FCS": [3_420],
    "icyt.fcs": [5_000],
    "index_sorted.fcs": [384],
    "lsrii_hts.fcs": [14_945],
    "miltenyi_fcs2.0.fcs": [10_000],
    "miltenyi_fcs3.1.fcs": [10_000],
    "navios_test3.LMD": [5_507, 5_507],
    "offset_start_discrepancy.fcs": [2],
    "offset_stop_discrepancy.fcs": [2],
    "offsets_in_text_large.fcs": [11_585],
    "partec_pas.FCS": [33_649],
    "stratedigm_s1400.fcs": [10_000],
    "variable_int_bit_widths.fcs": [2],
}


@pytest.fixture
def torture(shared_data: Path) -> Path:
    """Folder of files from many cytometers, whole and broken."""
    return shared_data / "torture"


def flowio_values(path: Path, start: int, *, preprocess: bool) -> np.ndarray:
    """Decode the data set that begins at a byte with FlowIO, as lenient as it can be.

    Returns
    -------
    ndarray of float64, shape (n_events, n_parameters)
        Stored or linear values.
    """
    with warnings.catch_warnings(action="ignore"):
        data_set = flowio.FlowData(
            io.BytesIO(path.read_bytes()[start:]),
            ignore_offset_error=True,
            ignore_offset_discrepancy=True,
            nextdata_offset=0,
        )
        values: np.ndarray = data_set.as_array(preprocess=preprocess)
    return values


def decoded_by_hand(path: Path, number: int, data_set: FcsDataSet) -> np.ndarray:
    """Decode event by event, in plain Python, from a known offset.

    Returns
    -------
    ndarray of float64, shape (n_events, n_parameters)
        Values as stored, bits above the range masked.
    """
    keywords = data_set.keywords
    order: Literal["big", "little"] = (
        "big" if keywords["$BYTEORD"].startswith("4") else "little"
    )
    parameters = range(1, int(keywords["$PAR"]) + 1)
    widths = [int(keywords[f"$P{n}B"]) // 8 for n in parameters]
    if (path.name, number) in WORDS_OF_16:
        widths = [2 for _ in parameters]
    ranges = [int(keywords[f"$P{n}R"]) for n in parameters]
    stream = io.BytesIO(path.read_bytes())
    stream.seek(BY_HAND[path.name, number])
    if keywords["$DATATYPE"] == "F":
        kind = np.dtype(np.float32).newbyteorder(">" if order == "big" else "<")
        size = int(keywords["$TOT"]) * len(widths) * 4
        floats = np.frombuffer(stream.read(size), kind)
        return floats.reshape(-1, len(widths)).astype(np.float64)
    events = [
        [
            int.from_bytes(stream.read(width), order) % (1 << (top - 1).bit_length())
            for width, top in zip(widths, ranges, strict=True)
        ]
        for _ in range(int(keywords["$TOT"]))
    ]
    return np.array(events, np.float64)


def test_the_table_names_every_file(torture: Path) -> None:
    files = {path.name for path in torture.iterdir()} - {"INDEX.csv"}

    assert files == set(READABLE) | set(REFUSED)


@pytest.mark.parametrize("name", sorted(READABLE))
def test_a_readable_file_gives_the_events_it_holds(torture: Path, name: str) -> None:
    path = torture / name

    data_sets = read_data_sets(path)

    assert [data_set.n_events for data_set in data_sets] == READABLE[name]
    start = 0
    for number, data_set in enumerate(data_sets):
        if (name, number) in BY_HAND:
            oracle = decoded_by_hand(path, number, data_set)
        else:
            oracle = flowio_values(path, start, preprocess=False)
        np.testing.assert_array_equal(data_set.values, oracle)
        start += int(data_set.keywords["$NEXTDATA"])


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_unreadable_file_is_refused_with_a_reason(torture: Path, name: str) -> None:
    error, message = REFUSED[name]

    with pytest.raises(error, match=f"^{re.escape(name)}: .*{message}"):
        read_tube(torture / name)


NOT_LINEAR_IN_FLOWIO = {
    "gvhd_s10a01.FCS",  # exponentiates floats
    "offset_start_discrepancy.fcs",  # stops at an unreadable $TIMESTEP
    "offset_stop_discrepancy.fcs",
    "variable_int_bit_widths.fcs",
}
LINEAR = sorted(
    name
    for name in READABLE.keys() - NOT_LINEAR_IN_FLOWIO
    if len(READABLE[name]) == 1 and (name, 0) not in BY_HAND
)


@pytest.mark.parametrize("name", LINEAR)
def test_linear_values_equal_those_of_flowio(torture: Path, name: str) -> None:
    tube = read_tube(torture / name)

    oracle = flowio_values(torture / name, 0, preprocess=True)
    # FlowIO leaves the ticks of CellQuest as they are.
    in_ticks = "$TIMESTEP" not in tube.acquisition.keywords
    columns = [
        column
        for column, channel in enumerate(tube.events.channels)
        if not (channel.kind == "time" and in_ticks)
    ]
    np.testing.assert_array_equal(tube.events.values[:, columns], oracle[:, columns])


def test_the_coarse_data_set_of_fc500_agrees_with_its_fine_twin(torture: Path) -> None:
    coarse, fine = read_all_data_sets(torture / "fc500.LMD")

    for detector, twin in (("FL1 Log", "FL1"), ("FL2 Log", "FL2"), ("FS Lin", "FS")):
        ranks = [
            np.argsort(np.argsort(events.column(name), kind="stable"))
            for events, name in ((coarse.events, detector), (fine.events, twin))
        ]
        # Compensation differs between the two sets, ranks hardly do.
        assert np.corrcoef(ranks[0], ranks[1])[0, 1] > 0.9


def test_event_numbers_of_cyan_are_consecutive(torture: Path) -> None:
    tube = read_tube(torture / "cyan.fcs")

    assert set(np.diff(tube.events.column("Event Count"))) == {1}
    assert (np.diff(tube.events.column("Computed Time")) >= 0).all()


def test_no_number_of_the_spectral_count_tube_is_off_by_a_thousand(
    shared_data: Path,
) -> None:
    tube = read_tube(shared_data / "volumetric_count" / "count_tube.fcs")

    assert tube.acquisition.volume_ul == 30.5
