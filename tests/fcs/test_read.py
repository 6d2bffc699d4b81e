"""A tube comes out in linear units, whatever the file says and how it says it."""

import contextlib
import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import flowio
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cytoflow_blina.errors import (
    CorruptFcsError,
    FcsError,
    NoEventsError,
    TruncatedFcsError,
)
from cytoflow_blina.fcs.read import (
    read_acquisition,
    read_all_data_sets,
    read_tube,
    require_spillover,
)

WriteFcs = Callable[..., Path]


def oracle_of(path: Path) -> np.ndarray:
    """Give FlowIO's linear values, ndarray of float64, shape (n_events, n_channels)."""
    read = flowio.FlowData(io.BytesIO(path.read_bytes()), use_header_offsets=True)
    values: np.ndarray = read.as_array()
    return values


def channel_numbers(n_events: int, n_channels: int = 3) -> np.ndarray:
    """Draw 10-bit channel numbers, ndarray of int64, shape (n_events, n_channels)."""
    return np.random.default_rng(5).integers(0, 1024, (n_events, n_channels))


@pytest.mark.parametrize("exponent", ["4,1", "4,0", " 4.0,0.1024", "2.5,10"])
@pytest.mark.parametrize("n_events", [50, 3_000])
def test_logarithmic_integers_are_linearised_as_flowio_does(
    write_fcs: WriteFcs, exponent: str, n_events: int
) -> None:
    path = write_fcs(channel_numbers(n_events), keywords={"$P2E": exponent})

    tube = read_tube(path)

    np.testing.assert_array_equal(tube.events.values, oracle_of(path))
    assert [c.is_logarithmic for c in tube.events.channels] == [False, True, False]


def test_logarithmic_words_of_64_bits_are_linearised(write_fcs: WriteFcs) -> None:
    path = write_fcs([[0], [1023]] * 1_000, dtype="<u8", keywords={"$P1E": "4,0"})

    assert read_tube(path).events.values[:2, 0] == pytest.approx([1, 9_910], rel=1e-4)


def test_four_decades_of_1024_channels_run_from_1_to_9910(write_fcs: WriteFcs) -> None:
    path = write_fcs([[0], [256], [1023]], keywords={"$P1E": "4,0"})

    tube = read_tube(path)

    assert tube.events.column("FL1-H") == pytest.approx([1, 10, 9_910], rel=1e-4)
    assert tube.events.channels[0].range_max == tube.events.values[-1, 0]


def test_linear_gain_is_divided_out_as_flowio_does(write_fcs: WriteFcs) -> None:
    path = write_fcs(channel_numbers(50), keywords={"$P1G": "8", "$P2G": "0"})

    tube = read_tube(path)

    np.testing.assert_array_equal(tube.events.values, oracle_of(path))
    assert tube.events.channels[0].range_max == 1023 / 8
    assert tube.events.channels[1].range_max == 1023


def test_gain_of_floats_is_divided_out_as_flowio_does(write_fcs: WriteFcs) -> None:
    values = channel_numbers(50) / 7
    path = write_fcs(values, dtype="<f4", keywords={"$P1G": "0.5", "$P1R": "262144"})

    tube = read_tube(path)

    np.testing.assert_array_equal(tube.events.values, oracle_of(path))
    assert tube.events.channels[0].range_max == 524_288


def test_floats_are_never_exponentiated(write_fcs: WriteFcs) -> None:
    values = np.array([[1.5, -20.0], [300.0, 1e6]])
    path = write_fcs(values, dtype="<f4", keywords={"$P1E": "4,1"})

    tube = read_tube(path)

    np.testing.assert_array_equal(tube.events.values, values)
    assert not tube.events.channels[0].is_logarithmic
    (note,) = tube.acquisition.notes
    assert note.startswith("$PnE says logarithmic, which floating-point events cannot")


def test_flowio_exponentiates_floats(write_fcs: WriteFcs) -> None:
    path = write_fcs([[512.0]], dtype="<f4", keywords={"$P1E": "4,1"})

    assert oracle_of(path)[0, 0] == pytest.approx(100)


def test_time_is_in_seconds_and_its_gain_is_left(write_fcs: WriteFcs) -> None:
    keywords = {"$P2N": "Time", "$P2G": "0.01", "$TIMESTEP": "0.01"}
    path = write_fcs([[1, 100], [2, 1_000]], keywords=keywords)

    tube = read_tube(path)

    np.testing.assert_array_equal(tube.events.values, oracle_of(path))
    assert tube.events.column("Time").tolist() == [1.0, 10.0]
    assert tube.events.channels[1].kind == "time"
    assert tube.acquisition.time_step_s == 0.01


def test_ticks_of_cellquest_are_milliseconds(write_fcs: WriteFcs) -> None:
    keywords = {"$P2N": "Time", "TIMETICKS": "50"}
    path = write_fcs([[1, 1_023]], version="FCS2.0", keywords=keywords)

    tube = read_tube(path)

    assert tube.events.column("Time") == pytest.approx([51.15])
    assert tube.events.channels[1].range_max == pytest.approx(51.15)


def test_time_without_a_step_is_left_and_noted(write_fcs: WriteFcs) -> None:
    path = write_fcs([[1, 7]], keywords={"$P2N": "TIME"})

    tube = read_tube(path)

    assert tube.events.column("TIME").tolist() == [7]
    assert tube.acquisition.notes == (
        "No $TIMESTEP or TIMETICKS: time is in steps of unknown length.",
    )


def test_values_are_column_major_float64_and_read_only(write_fcs: WriteFcs) -> None:
    for dtype in (">u2", ">f4"):
        values = read_tube(write_fcs(channel_numbers(10), dtype=dtype)).events.values

        assert values.dtype == np.float64
        assert values.flags.f_contiguous
        with pytest.raises(ValueError, match="read-only"):
            values[0, 0] = 1


def test_columns_are_as_wide_as_their_values_and_cannot_be_changed(
    write_fcs: WriteFcs,
) -> None:
    widths = {}
    for dtype, kind in ((">u2", "I"), ("<u4", "I"), (">f4", "F"), ("<f8", "D")):
        path = write_fcs(channel_numbers(10), dtype=dtype, keywords={"$DATATYPE": kind})
        columns = read_tube(path).events.columns
        widths[dtype] = {column.itemsize for column in columns}

        with pytest.raises(ValueError, match="read-only"):
            columns[0][0] = 1.0

    assert widths == {">u2": {4}, "<u4": {4}, ">f4": {4}, "<f8": {8}}


def test_whole_numbers_and_times_that_need_more_digits_keep_them(
    write_fcs: WriteFcs,
) -> None:
    whole = np.array([[1], [(1 << 24) + 1]])
    path = write_fcs(whole, dtype="<u4", keywords={"$P1R": str(1 << 25)})
    assert read_tube(path).events.values.tolist() == whole.tolist()

    steps = {"$P1N": "Time", "$TIMESTEP": "0.1"}
    path = write_fcs([[3], [7]], dtype="<f4", keywords=steps)
    assert read_tube(path).events.values.tolist() == [[3 * 0.1], [7 * 0.1]]


def test_big_files_of_floats_are_turned_around_without_a_seam(
    write_fcs: WriteFcs,
) -> None:
    values = np.random.default_rng(2).normal(size=(10_001, 3)).astype(np.float32)

    tube = read_tube(write_fcs(values, dtype=">f4"))

    np.testing.assert_array_equal(tube.events.values, values)


def test_a_repeated_name_is_numbered_and_none_is_lost(write_fcs: WriteFcs) -> None:
    names = ["CD3", "CD3", "CD3_2", "CD3", ""]
    keywords = {f"$P{n}N": name for n, name in enumerate(names, start=1)}
    path = write_fcs([[1, 2, 3, 4, 5]], keywords=keywords)

    tube = read_tube(path)

    detectors = [channel.detector for channel in tube.events.channels]
    assert detectors == ["CD3", "CD3_3", "CD3_2", "CD3_4", "P5"]
    assert [tube.events.column(name)[0] for name in detectors] == [1, 2, 3, 4, 5]
    assert "Several parameters share a name ($PnN)" in " ".join(tube.acquisition.notes)


def test_what_a_file_says_about_itself_is_read(write_fcs: WriteFcs) -> None:
    keywords = {
        "$CYT": "FACSCalibur",
        "$DATE": "23-Aug-02",
        "$BTIM": "16:31:33",
        "$VOL": "25016",
        "$P2S": " CD3 PerCP",
        "$SPILLOVER": "2,FL1-H,FL2-H,1,0.1,0,1",
        "$SRC": "",
        "$OP": "x",
    }
    path = write_fcs(channel_numbers(40), keywords=keywords)

    acquisition = read_tube(path).acquisition

    assert acquisition.file_name == "tube.fcs"
    assert acquisition.fcs_version == "3.0"
    assert acquisition.cytometer == "FACSCalibur"
    assert acquisition.acquired_at == datetime(2002, 8, 23, 16, 31, 33)  # noqa: DTZ001 - as the clock had it
    assert acquisition.n_events == 40
    assert acquisition.volume_ul == 25.016
    assert acquisition.spillover is not None
    assert acquisition.spillover.detectors == ("FL1-H", "FL2-H")
    assert acquisition.keywords["$OP"] == "x"
    assert len(acquisition.sha256) == 64


def test_an_acquisition_is_read_without_its_events(write_fcs: WriteFcs) -> None:
    path = write_fcs(channel_numbers(40), keywords={"$P2S": " CD3 PerCP "})

    acquisition, channels = read_acquisition(path)

    tube = read_tube(path)
    assert acquisition == tube.acquisition
    assert channels == tube.events.channels
    assert channels[1].label == "CD3 PerCP"


def test_an_unusable_matrix_is_noted_and_refused_where_it_is_needed(
    write_fcs: WriteFcs,
) -> None:
    path = write_fcs([[1, 2]], keywords={"SPILL": "2,FL1-H,FL9-H,1,0,0,1"})

    tube = read_tube(path)

    assert tube.acquisition.spillover is None
    (note,) = tube.acquisition.notes
    assert note.startswith("Spillover left out: SPILL names 1 detectors")
    with pytest.raises(CorruptFcsError, match="the first 'FL9-H'"):
        require_spillover(tube.acquisition, tube.events.channels)


def test_a_missing_matrix_is_refused_where_it_is_needed(write_fcs: WriteFcs) -> None:
    acquisition, channels = read_acquisition(write_fcs([[1, 2]]))

    message = "tube.fcs: holds no spillover matrix ($SPILLOVER or SPILL)"
    with pytest.raises(CorruptFcsError, match=re.escape(message)):
        require_spillover(acquisition, channels)


def test_a_matrix_that_is_there_is_given(write_fcs: WriteFcs) -> None:
    path = write_fcs([[1, 2]], keywords={"SPILL": "2,FL1-H,FL2-H,1,.1,0,1"})
    acquisition, channels = read_acquisition(path)

    assert require_spillover(acquisition, channels).matrix[0, 1] == 0.1


@pytest.mark.parametrize("read", [read_tube, read_acquisition, read_all_data_sets])
def test_a_file_without_events_is_refused(
    write_fcs: WriteFcs, read: Callable[[Path], object]
) -> None:
    path = write_fcs(np.zeros((0, 2)))

    with pytest.raises(NoEventsError, match=r"^tube.fcs: holds no events \(\$TOT is 0"):
        read(path)


def test_no_bytes_of_events_and_no_total_is_no_events(write_fcs: WriteFcs) -> None:
    path = write_fcs(np.zeros((0, 2)), keywords={"$TOT": None})

    with pytest.raises(NoEventsError):
        read_tube(path)


def test_a_truncated_file_is_refused_without_decoding_too(write_fcs: WriteFcs) -> None:
    path = write_fcs(channel_numbers(100))
    path.write_bytes(path.read_bytes()[:-60])

    with pytest.raises(TruncatedFcsError, match="90 of 100 announced events"):
        read_acquisition(path)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"$P1E": "four,1"}, "$P1E is 'four,1'; expected decades and offset"),
        ({"$P1E": "400,1"}, "$P1E is '400,1'; expected decades and offset"),
        ({"$P1E": "4"}, "$P1E is '4'; expected decades and offset"),
        ({"$P1E": "4,1", "$P1R": "0"}, "$P1R is '0'; expected the number of its"),
        ({"$P1E": "4,1", "$P1R": None}, "$P1R is ''; expected the number of its"),
    ],
)
def test_integers_of_unknown_meaning_are_refused(
    write_fcs: WriteFcs, keywords: dict[str, str | None], message: str
) -> None:
    path = write_fcs([[1, 2]], keywords=keywords)

    with pytest.raises(CorruptFcsError, match=re.escape(message)):
        read_tube(path)


@pytest.mark.parametrize(
    ("keywords", "note"),
    [
        ({"$P1E": None}, "$PnE is missing for some parameters"),
        ({"$P1G": "high"}, "A gain ($PnG) is unreadable; 1 was taken."),
        ({"$P1G": "-2"}, "A gain ($PnG) is unreadable; 1 was taken."),
        ({"$P1G": "1e-300"}, "A gain ($PnG) is unreadable; 1 was taken."),
        ({"$P1R": "0"}, "$PnR of 1 parameters is unreadable: no bit masked."),
        ({"$P1E": "4,1", "$P1G": "2"}, "A gain ($PnG) of a logarithmic parameter"),
        ({"$P1N": None}, "$PnN is missing for some parameters"),
        ({"$MODE": None}, "$MODE is missing; list mode was taken."),
    ],
)
def test_smaller_faults_are_noted(
    write_fcs: WriteFcs, keywords: dict[str, str | None], note: str
) -> None:
    tube = read_tube(write_fcs([[1, 2]], keywords=keywords))

    assert tube.events.n_events == 1
    assert any(given.startswith(note) for given in tube.acquisition.notes)


def test_floats_that_are_no_numbers_are_counted(write_fcs: WriteFcs) -> None:
    values = np.ones((10, 2))
    values[3] = np.nan
    values[7, 1] = np.inf

    tube = read_tube(write_fcs(values, dtype="<f4"))

    assert tube.acquisition.notes == (
        "2 events hold values that are no finite numbers.",
    )


def test_floats_whose_sum_alone_is_no_number_are_none_of_them(
    write_fcs: WriteFcs,
) -> None:
    path = write_fcs(np.full((3, 2), 1e308), dtype="<f8", keywords={"$DATATYPE": "D"})

    tube = read_tube(path)

    assert tube.acquisition.notes == ()
    assert np.all(tube.events.values == 1e308)


def test_of_an_lmd_file_the_fine_data_set_is_read_with_the_stains_of_the_other(
    write_lmd: WriteFcs,
) -> None:
    coarse = {
        "events": channel_numbers(20, 2),
        "dtype": "<u2",
        "version": "FCS2.0",
        "keywords": {
            "$P1N": "FS INT LIN",
            "$P1S": "FS INT LIN",
            "$P2N": "FL1 INT LOG",
            "$P2S": "CD45-FITC",
            "$P1V": "350",
            "$P2V": "400",
            "$CYT": "Navios",
            "$DATE": "28-Dec-10",
            "$BTIM": "12:35:20",
        },
    }
    fine_events = channel_numbers(20, 3) * 1000
    fine = {
        "events": fine_events,
        "dtype": "<u4",
        "keywords": {
            "$P1N": "FS-A",
            "$P2N": "FL1-A",
            "$P3N": "FL10-A",
            **{f"$P{n}R": "1048576" for n in (1, 2, 3)},
        },
    }
    path = write_lmd(coarse, fine)

    tube = read_tube(path)

    assert tube.acquisition.fcs_version == "3.0"
    np.testing.assert_array_equal(tube.events.values, fine_events)
    assert [c.label for c in tube.events.channels] == ["", "CD45-FITC", ""]
    assert tube.acquisition.cytometer == "Navios"
    assert tube.acquisition.acquired_at is not None
    settings = tube.acquisition.settings
    voltages = {name: v for name, v in settings.items() if name.endswith("$PnV")}
    assert voltages == {"FS-A $PnV": "350", "FL1-A $PnV": "400"}
    assert tube.acquisition.notes == (
        "Cytometer, date, voltages or stains are those of the file's other data set.",
    )


def test_each_data_set_can_be_asked_for(write_lmd: WriteFcs) -> None:
    path = write_lmd({"events": [[1, 2]]}, {"events": [[3, 4], [5, 6]]})

    assert read_tube(path, data_set=0).events.values.tolist() == [[1, 2]]
    assert read_tube(path, data_set=1).events.values.tolist() == [[3, 4], [5, 6]]
    assert [tube.events.n_events for tube in read_all_data_sets(path)] == [1, 2]
    message = "tube.lmd: has 2 data sets; number 2, counted from 0, is not among them."
    with pytest.raises(FcsError, match=re.escape(message)):
        read_tube(path, data_set=2)


def test_an_empty_data_set_is_never_chosen(write_lmd: WriteFcs) -> None:
    path = write_lmd({"events": [[1, 2]]}, {"events": np.zeros((0, 2)), "dtype": "<u4"})

    assert read_tube(path).events.values.tolist() == [[1, 2]]


def test_reading_modifies_no_file(write_fcs: WriteFcs) -> None:
    path = write_fcs(channel_numbers(10))
    before = path.read_bytes()

    read_tube(path)

    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["tube.fcs"]


@given(
    places=st.lists(st.integers(0, 700), max_size=8),
    values=st.binary(min_size=8, max_size=8),
    dtype=st.sampled_from([">u2", "<f4"]),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_gives_a_tube_or_an_fcs_error(
    write_fcs: WriteFcs, places: list[int], values: bytes, dtype: str
) -> None:
    keywords = {
        "$P1E": "4,0",
        "$P2G": "2.5",
        "$P3N": "Time",
        "TIMETICKS": "50",
        "$SPILLOVER": "2,FL1-H,FL2-H,1,.1,.2,1",
        "$DATE": "23-Aug-02",
        "$BTIM": "16:31:33",
        "$VOL": "25016",
    }
    path = write_fcs(channel_numbers(20), dtype=dtype, keywords=keywords)
    content = bytearray(path.read_bytes())
    for place, value in zip(places, values, strict=False):
        content[place % len(content)] = value
    path.write_bytes(content)

    with contextlib.suppress(FcsError):
        tube = read_tube(path)
        assert tube.events.values.nbytes <= 64 * len(content)
        assert len(tube.events.channels) == tube.events.values.shape[1]


def test_a_corrupt_total_allocates_nothing(write_fcs: WriteFcs) -> None:
    path = write_fcs(channel_numbers(20), keywords={"$TOT": "999999999999999"})

    tube = read_tube(path)

    # The section is whole and holds 20 events: the total is what is wrong.
    assert tube.events.n_events == 20
