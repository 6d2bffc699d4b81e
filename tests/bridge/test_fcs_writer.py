"""Files that are written must be read back as they were meant, by others too."""

from pathlib import Path

import flowio
import flowkit
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cytoflow_blina.bridge import fcs_writer
from cytoflow_blina.bridge.fcs_writer import (
    FcsContents,
    FcsParameter,
    encode_fcs,
    write_data_sets,
    write_fcs,
)
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import UnsupportedFcsError

CHANNELS = np.array([[0, 1023], [512, 7], [1, 1000]], dtype=np.uint16)
SIGNALS = np.array([[-3.25, 262_143.0], [0.1, 1e-3], [7.0, 8.0]], dtype=np.float32)
SPILLOVER = Spillover(("FITC-A", "PE-A"), np.array([[1.0, 0.123], [0.01, 1.0]]))


def integers(keywords: dict[str, str] | None = None) -> FcsContents:
    parameters = (
        FcsParameter("FSC-H"),
        FcsParameter("FL1-H", label="CD3 FITC", amplification="4,0"),
    )
    return FcsContents("2.0", parameters, CHANNELS, keywords or {})


def floats(
    version: fcs_writer.FcsVersion, values: NDArray[np.float32] = SIGNALS
) -> FcsContents:
    parameters = (
        FcsParameter("FITC-A", label="CD3", range_max=262_144, voltage=480.4),
        FcsParameter("PE-A", range_max=262_144),
    )
    return FcsContents(version, parameters, values, {"$CYT": "X"}, SPILLOVER)


def read_back(path: Path) -> tuple[dict[str, str], NDArray[np.float64]]:
    data = flowio.FlowData(path)
    return data.text, np.reshape(data.events, (-1, data.channel_count))


def test_whole_channels_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"

    write_fcs(path, integers())

    text, events = read_back(path)
    assert events.tolist() == CHANNELS.tolist()
    assert path.read_bytes()[:6] == b"FCS2.0"
    layout = {k: text[k] for k in ("datatype", "byteord", "p1b", "p2r", "p2e", "tot")}
    assert layout == {
        "datatype": "I",
        "byteord": "4,3,2,1",
        "p1b": "16",
        "p2r": "1024",
        "p2e": "4,0",
        "tot": "3",
    }


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_floats_come_back_bit_by_bit(
    tmp_path: Path, version: fcs_writer.FcsVersion
) -> None:
    path = tmp_path / "a.fcs"

    write_fcs(path, floats(version))

    text, events = read_back(path)
    assert events.astype(np.float32).tobytes() == SIGNALS.tobytes()
    assert text["p1v"] == "480"
    assert path.read_bytes()[:6] == f"FCS{version}".encode()


def test_the_matrix_stands_under_the_keyword_of_its_standard() -> None:
    value = b"2,FITC-A,PE-A,1.0,0.123,0.01,1.0"

    assert b"\fSPILL\f" + value in encode_fcs(floats("3.0"))
    assert b"\f$SPILLOVER\f" + value in encode_fcs(floats("3.1"))


def test_flowkit_undoes_the_spill_that_is_written(tmp_path: Path) -> None:
    pure = np.array([[1000.0, 123.0], [1.0, 100.0]], dtype=np.float32)
    write_fcs(tmp_path / "a.fcs", floats("3.0", pure))
    sample = flowkit.Sample(tmp_path / "a.fcs")

    sample.apply_compensation(sample.metadata["spill"])

    compensated = sample.get_events("comp")
    np.testing.assert_allclose(compensated, [[1000, 0], [0, 100]], atol=1e-4)


def test_an_empty_label_leaves_its_keyword_out() -> None:
    written = encode_fcs(integers())

    assert b"$P2S" in written
    assert b"$P1S" not in written


def test_a_further_keyword_does_not_change_the_layout(tmp_path: Path) -> None:
    path = tmp_path / "tube.fcs"

    write_fcs(path, integers({"$TOT": "9999", "$COM": "kept"}))

    data = flowio.FlowData(path)
    assert data.event_count == len(CHANNELS)
    assert data.text["com"] == "kept"


def test_a_delimiter_inside_a_value_is_doubled(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"

    write_fcs(path, integers({"$COM": "a\\b"}))

    assert b"\\$COM\\a\\\\b\\" in path.read_bytes()
    assert read_back(path)[1].tolist() == CHANNELS.tolist()


def test_a_file_without_events_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"
    empty = FcsContents("2.0", (FcsParameter("FSC-H"),), CHANNELS[:0, :1], {})

    write_fcs(path, empty)

    assert flowio.FlowData(path, only_text=True).text["tot"] == "0"


def test_events_beyond_the_header_are_found_through_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcs_writer, "_HEADER_LIMIT", 300)
    path = tmp_path / "a.fcs"

    write_fcs(path, floats("3.1"))

    assert path.read_bytes()[26:42].split() == [b"0", b"0"]
    # FlowIO takes offsets that differ for a fault, unless the file truly is so large.
    found = flowio.FlowData(path, ignore_offset_discrepancy=True).events
    assert np.array_equal(np.array(found, dtype=np.float32), SIGNALS.ravel())


def test_fcs_2_refuses_what_its_header_cannot_point_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fcs_writer, "_HEADER_LIMIT", 300)

    with pytest.raises(UnsupportedFcsError, match=r"at most 99,999,999 bytes; write 3"):
        encode_fcs(integers(), where="a.fcs")


def test_all_that_cannot_be_written_is_told_at_once() -> None:
    wrong = FcsContents(
        "2.0",
        (FcsParameter("FSC-H"),),
        SIGNALS.astype(np.float64),  # type: ignore[arg-type]  # what is refused
        {},
        SPILLOVER,
    )

    with pytest.raises(UnsupportedFcsError) as caught:
        encode_fcs(wrong, where="a.fcs")

    types, shapes, matrix = (str(problem) for problem in caught.value.problems)
    assert types == (
        "a.fcs: values of type float64; whole numbers (uint16, uint32) or float32 can "
        "be written."
    )
    assert shapes == (
        "a.fcs: values of shape (3, 2) for 1 parameters; one column for each is needed."
    )
    assert matrix == "a.fcs: FCS 2.0 has no keyword for a spillover matrix."


def fine_steps() -> FcsContents:
    steps = np.array([[0, 1_048_575], [70_000, 7]], dtype=np.uint32)
    parameters = (
        FcsParameter("FS-A", range_max=2**20),
        FcsParameter("FL1-A", range_max=2**20),
    )
    return FcsContents("3.0", parameters, steps, {}, low_byte_first=True)


def test_whole_numbers_of_32_bits_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"

    write_fcs(path, fine_steps())

    text, events = read_back(path)
    assert events.tolist() == fine_steps().values.tolist()
    layout = {k: text[k] for k in ("datatype", "byteord", "p1b", "p2r", "nextdata")}
    assert layout == {
        "datatype": "I",
        "byteord": "1,2,3,4",
        "p1b": "32",
        "p2r": "1048576",
        "nextdata": "0",
    }


def test_data_sets_lie_in_one_file_and_each_points_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.lmd"

    write_data_sets(path, (integers(), floats("3.1"), fine_steps()))

    found = flowio.read_multiple_data_sets(path)
    assert [data.version for data in found] == ["2.0", "3.1", "3.0"]
    assert found[0].events.tolist() == CHANNELS.ravel().tolist()
    assert found[1].events.tobytes() == SIGNALS.tobytes()
    assert found[2].events.tolist() == fine_steps().values.ravel().tolist()


def test_the_last_data_set_is_that_of_a_file_of_its_own(tmp_path: Path) -> None:
    first, second = encode_fcs(integers(), is_last=False), encode_fcs(fine_steps())

    write_data_sets(tmp_path / "a.lmd", (integers(), fine_steps()))

    assert (tmp_path / "a.lmd").read_bytes() == first + second
    assert f"\\$NEXTDATA\\{len(first):012d}\\".encode() in first


@given(st.lists(st.integers(0, 1023), min_size=1, max_size=60))
def test_header_offsets_frame_exactly_the_events(column: list[int]) -> None:
    values = np.array(column, dtype=np.uint16)[:, None]

    written = encode_fcs(FcsContents("2.0", (FcsParameter("X"),), values, {}))

    begin, end = int(written[26:34]), int(written[34:42])
    assert np.frombuffer(written[begin : end + 1], ">u2").tolist() == column
    assert end + 1 == len(written)
