"""Whole files are read: offsets, data sets, refusals; FlowIO is the oracle."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import flowio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from cytoflow_blina.bridge.fcs_layout import Extent, Section, find_layout
from cytoflow_blina.bridge.fcs_reader import read_data_sets, read_fcs_file
from cytoflow_blina.errors import (
    CorruptFcsError,
    FcsError,
    NotFcsError,
    TruncatedFcsError,
    UnsupportedFcsError,
)


@dataclass
class Writer:
    """Write a file as the standard says, and let a test depart from it.

    `keywords` are added to those that the standard requires and replace them; None
    leaves one out. `header` replaces the four offsets of HEADER that name TEXT and
    DATA by position.
    """

    events: ArrayLike
    datatype: str = "I"
    dtype: str = "<u2"
    version: str = "FCS3.1"
    delimiter: str = "/"
    keywords: Mapping[str, str | None] = field(default_factory=dict)
    header: dict[int, str] = field(default_factory=dict)
    data: bytes | None = None
    gap: bytes = b""
    tail: bytes = b""

    def to_bytes(self) -> bytes:
        """Put HEADER, TEXT and DATA together."""
        events = np.asarray(self.events)
        stored = events.astype(self.dtype)
        data = stored.tobytes() if self.data is None else self.data
        big = stored.dtype.str[0] == ">"
        n_events, n_parameters = events.shape
        keywords: dict[str, str | None] = {
            "$BEGINDATA": "{begin:>8}",
            "$ENDDATA": "{end:>8}",
            "$TOT": str(n_events),
            "$PAR": str(n_parameters),
            "$MODE": "L",
            "$DATATYPE": self.datatype,
            "$BYTEORD": "4,3,2,1" if big else "1,2,3,4",
            "$NEXTDATA": "0",
        }
        for number in range(1, n_parameters + 1):
            keywords |= {
                f"$P{number}N": f"FL{number}",
                f"$P{number}B": str(stored.itemsize * 8),
                f"$P{number}R": str(1 << (8 * stored.itemsize)),
                f"$P{number}E": "0,0",
            }
        keywords |= self.keywords
        mark = self.delimiter
        text = mark + "".join(
            f"{keyword}{mark}{value.replace(mark, mark * 2)}{mark}"
            for keyword, value in keywords.items()
            if value is not None
        )
        # Widths are fixed, so that the length is known before the offsets are.
        length = len(text.format(begin=0, end=0).encode())
        begin = 58 + length + len(self.gap)
        end = begin + len(data) - 1
        text = text.format(begin=begin, end=end)
        offsets = [str(offset) for offset in (58, 57 + length, begin, end, 0, 0)]
        for place, value in self.header.items():
            offsets[place] = value
        header = f"{self.version:<10}" + "".join(f"{value:>8}" for value in offsets)
        return header.encode() + text.encode() + self.gap + data + self.tail


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Writer], Path]:
    """Write a file and give its path."""

    def to_file(writer: Writer) -> Path:
        path = tmp_path / "tube.fcs"
        path.write_bytes(writer.to_bytes())
        return path

    return to_file


def whole_numbers(n_events: int = 5, n_parameters: int = 3) -> NDArray[np.int64]:
    """Events that are told apart by every value."""
    return np.arange(n_events * n_parameters).reshape(n_events, n_parameters) + 7


def oracle_of(path: Path, **options: bool) -> flowio.FlowData:
    """Read with FlowIO, from memory: it leaves files open where it fails."""
    return flowio.FlowData(io.BytesIO(path.read_bytes()), **options)


WriteFile = Callable[[Writer], Path]


@pytest.mark.parametrize(
    ("datatype", "dtype"),
    [
        ("I", "<u1"),
        ("I", "<u2"),
        ("I", ">u2"),
        ("I", "<u4"),
        ("I", ">u4"),
        ("F", "<f4"),
        ("F", ">f4"),
        ("D", "<f8"),
        ("D", ">f8"),
    ],
)
def test_events_equal_those_of_flowio(
    write: WriteFile, datatype: str, dtype: str
) -> None:
    events = whole_numbers()
    path = write(Writer(events, datatype, dtype))

    (data_set,) = read_data_sets(path)

    oracle = oracle_of(path).as_array(preprocess=False)
    np.testing.assert_array_equal(data_set.values, oracle)
    np.testing.assert_array_equal(data_set.values, events)
    assert data_set.notes == ()


def test_widths_may_differ_by_parameter(write: WriteFile) -> None:
    keywords = {"$P1B": "8", "$P2B": "32", "$P2R": "4294967296", "$P3B": "16"}
    data = bytes([5, 1, 0, 0, 1, 2, 1]) + bytes([6, 2, 0, 0, 0, 3, 0])
    path = write(Writer(np.zeros((2, 3)), keywords=keywords, data=data))

    (data_set,) = read_data_sets(path)

    oracle = oracle_of(path).as_array(preprocess=False)
    assert data_set.values.tolist() == [[5, (1 << 24) + 1, 258], [6, 2, 3]]
    np.testing.assert_array_equal(data_set.values, oracle)


def test_bits_above_the_range_are_masked(write: WriteFile) -> None:
    keywords = {"$P1R": "1024", "$P2R": "1000", "$P3R": "65536"}
    path = write(Writer([[0xF401, 0xF401, 0xF401]], keywords=keywords))

    (data_set,) = read_data_sets(path)

    oracle = oracle_of(path).as_array(preprocess=False)
    assert data_set.values.tolist() == [[1, 1, 0xF401]]
    np.testing.assert_array_equal(data_set.values, oracle)


def test_24_bits_are_read_where_flowio_gives_nothing(write: WriteFile) -> None:
    full = str(1 << 24)
    keywords = {"$P1B": "24", "$P1R": full, "$P2B": "24", "$P2R": full}
    data = bytes([0, 1, 2, 3, 4, 5])
    path = write(Writer([[0, 0]], dtype=">u2", keywords=keywords, data=data))

    (data_set,) = read_data_sets(path)

    assert data_set.values.tolist() == [[0x000102, 0x030405]]
    with pytest.warns(UserWarning, match="Non-standard bit width"):
        assert oracle_of(path).events is None


def test_declared_10_bits_in_words_of_16_are_read_by_the_length(
    write: WriteFile,
) -> None:
    keywords = {"$P1B": "10", "$P2B": "10", "$P1R": "1024", "$P2R": "1024"}
    path = write(Writer([[1023, 1], [2, 512]], keywords=keywords))

    (data_set,) = read_data_sets(path)

    assert data_set.values.tolist() == [[1023, 1], [2, 512]]
    assert data_set.notes == (
        "$PnB does not fit the length of DATA; the next whole words do.",
    )


def test_packed_10_bits_are_read_as_packed(write: WriteFile) -> None:
    # 1111111111 0000000001 0000000010 1000000000, most significant bit first
    data = bytes([0b11111111, 0b11000000, 0b00010000, 0b00001010, 0b00000000])
    keywords = {"$P1B": "10", "$P2B": "10", "$P1R": "1024", "$P2R": "1024"}
    path = write(Writer(np.zeros((2, 2)), dtype=">u2", keywords=keywords, data=data))

    (data_set,) = read_data_sets(path)

    assert data_set.values.tolist() == [[1023, 1], [2, 512]]
    assert data_set.notes == ()


def test_an_end_that_is_one_byte_off_is_noted(write: WriteFile) -> None:
    content = Writer(whole_numbers()).to_bytes()
    end = str(len(content))
    path = write(
        Writer(whole_numbers(), keywords={"$ENDDATA": end.rjust(8)}, header={3: end})
    )

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers())
    assert data_set.notes == ("The end of DATA is off by +1 byte; $TOT was believed.",)


@pytest.mark.parametrize("blank", ["", "0"])
def test_offsets_may_stand_in_text_alone(write: WriteFile, blank: str) -> None:
    path = write(Writer(whole_numbers(), header={2: blank, 3: blank}))

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers())
    assert data_set.notes == ("HEADER does not say where DATA lies; TEXT does.",)


def test_a_header_too_short_for_a_large_file_is_no_fault() -> None:
    n_events = 30_000_000
    keywords = {"$PAR": "1", "$P1B": "32", "$P1R": "0", "$P1E": "0,0", "$MODE": "L"}
    keywords |= {"$DATATYPE": "F", "$BYTEORD": "1,2,3,4", "$TOT": str(n_events)}
    end = 1_000 + 4 * n_events - 1
    keywords |= {"$BEGINDATA": "1000", "$ENDDATA": str(end)}

    layout = find_layout(keywords, Extent("large.fcs", Section(58, 999), None, end + 1))

    assert (layout.n_events, layout.begin, layout.notes) == (n_events, 1_000, ())


def test_flowio_stops_where_offsets_stand_in_text_alone(write: WriteFile) -> None:
    path = write(Writer(whole_numbers(), header={2: "", 3: ""}))

    with pytest.raises(ValueError, match="invalid literal"):
        oracle_of(path)


def test_offsets_may_stand_in_header_alone(write: WriteFile) -> None:
    path = write(
        Writer(whole_numbers(), keywords={"$BEGINDATA": None, "$ENDDATA": None})
    )

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers())
    with pytest.raises(KeyError):
        oracle_of(path)


def test_of_two_places_the_one_that_the_events_fill_is_read(write: WriteFile) -> None:
    path = write(Writer(whole_numbers(), header={2: "100", 3: "9000"}))

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers())
    assert data_set.notes == ("HEADER puts DATA inside TEXT; $BEGINDATA was taken.",)


def test_of_two_places_that_fit_the_one_that_follows_text_is_read(
    write: WriteFile,
) -> None:
    keywords = {"$BEGINDATA": "     500", "$ENDDATA": "     529"}
    path = write(Writer(whole_numbers(), keywords=keywords, tail=bytes(400)))

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers())
    assert data_set.notes == (
        "HEADER and TEXT disagree on where DATA lies; HEADER fits and was taken.",
    )


def test_flowio_asked_to_be_lenient_reads_the_wrong_bytes(write: WriteFile) -> None:
    keywords = {"$BEGINDATA": "     500", "$ENDDATA": "     529"}
    path = write(Writer(whole_numbers(), keywords=keywords, tail=bytes(400)))

    read = oracle_of(path, ignore_offset_discrepancy=True)

    assert not np.array_equal(read.as_array(preprocess=False), whole_numbers())


def test_a_missing_total_is_counted_by_the_bytes(write: WriteFile) -> None:
    path = write(Writer(whole_numbers(), keywords={"$TOT": None}))

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers())
    assert data_set.notes == ("$TOT is missing; events were counted by their bytes.",)


def test_a_wrong_total_is_said(write: WriteFile) -> None:
    path = write(Writer(whole_numbers(5), keywords={"$TOT": "4"}))

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers(5))
    assert data_set.notes == ("$TOT is 4, but DATA holds 5 events, which were read.",)


def test_a_total_half_of_what_is_there_means_wrong_widths_and_is_refused(
    write: WriteFile,
) -> None:
    path = write(Writer(whole_numbers(4), keywords={"$TOT": "2"}))

    with pytest.raises(CorruptFcsError, match="DATA is 24 bytes long, which fits"):
        read_data_sets(path)


def test_bytes_behind_the_events_are_left(write: WriteFile) -> None:
    events = whole_numbers()
    data = events.astype("<u2").tobytes() + b"\1\2\3\4\5"
    path = write(Writer(events, data=data))

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, events)
    assert data_set.notes == ("The end of DATA is wrong; $TOT was believed.",)


def test_a_file_that_ends_early_says_how_many_events_are_there(
    write: WriteFile,
) -> None:
    path = write(Writer(whole_numbers(100)))
    path.write_bytes(path.read_bytes()[: -6 * 40 - 1])

    message = "tube.fcs: the file ends early: 59 of 100 announced events are there."
    with pytest.raises(TruncatedFcsError, match=message):
        read_data_sets(path)


def test_a_file_that_ends_inside_text_is_truncated(write: WriteFile) -> None:
    path = write(Writer(whole_numbers()))
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(TruncatedFcsError, match="ends at byte 200, inside TEXT"):
        read_data_sets(path)


def test_no_total_of_events_is_no_error_yet(write: WriteFile) -> None:
    path = write(Writer(np.zeros((0, 3))))

    (data_set,) = read_data_sets(path)

    assert data_set.values.shape == (0, 3)


def test_data_sets_are_chained(write: WriteFile) -> None:
    second = Writer(whole_numbers(5, 2), dtype="<u4", version="FCS3.0").to_bytes()
    length = len(Writer(whole_numbers(), keywords={"$NEXTDATA": "00000000"}).to_bytes())
    path = write(
        Writer(
            whole_numbers(),
            version="FCS2.0",
            keywords={"$NEXTDATA": f"{length:08}"},
            tail=second,
        )
    )

    first, last = read_data_sets(path)

    assert (first.version, last.version) == ("2.0", "3.0")
    np.testing.assert_array_equal(first.values, whole_numbers())
    np.testing.assert_array_equal(last.values, whole_numbers(5, 2))


def test_a_chain_to_nowhere_is_refused(write: WriteFile) -> None:
    path = write(Writer(whole_numbers(), keywords={"$NEXTDATA": "9999"}))

    message = r"\$NEXTDATA points to byte 9999, where no data set begins"
    with pytest.raises(CorruptFcsError, match=message):
        read_data_sets(path)


def test_supplemental_text_is_read_and_replaces_nothing(write: WriteFile) -> None:
    supplement = b"/$CYT/FACSCalibur/$TOT/99/"
    keywords = {"$BEGINSTEXT": "00000000", "$ENDSTEXT": "00000000"}
    begin = len(Writer(whole_numbers(), keywords=keywords).to_bytes())
    keywords = {
        "$BEGINSTEXT": f"{begin:08}",
        "$ENDSTEXT": f"{begin + len(supplement) - 1:08}",
    }
    path = write(Writer(whole_numbers(), keywords=keywords, tail=supplement))

    (data_set,) = read_data_sets(path)

    assert data_set.keywords["$CYT"] == "FACSCalibur"
    assert data_set.keywords["$TOT"] == "5"
    assert "cyt" not in oracle_of(path).text


def test_supplemental_text_that_is_none_is_noted(write: WriteFile) -> None:
    keywords = {"$BEGINSTEXT": "00000700", "$ENDSTEXT": "00000800"}
    path = write(Writer(whole_numbers(), keywords=keywords, tail=b"PK\3\4" * 200))

    (data_set,) = read_data_sets(path)

    assert data_set.notes == (
        "$BEGINSTEXT points to no keywords; what it names was left.",
    )


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"$DATATYPE": None}, CorruptFcsError, r"\$DATATYPE is missing from TEXT"),
        ({"$PAR": None}, CorruptFcsError, r"\$PAR is missing from TEXT"),
        ({"$PAR": "1000000000"}, CorruptFcsError, r"\$PAR is '1000000000'; expected"),
        ({"$P2B": None, "$P3B": None}, CorruptFcsError, r"\$P2B, \$P3B are missing"),
        ({"$P2B": "65"}, CorruptFcsError, r"\$P2B is '65'; expected 1 to 64 bits"),
        ({"$P2B": "*"}, CorruptFcsError, r"\$P2B is '\*'; expected 1 to 64 bits"),
        ({"$DATATYPE": "X"}, CorruptFcsError, r"\$DATATYPE is 'X'; expected I, F or D"),
        ({"$DATATYPE": "A"}, UnsupportedFcsError, "A: events written as text"),
        ({"$MODE": "C"}, UnsupportedFcsError, "C: a correlated histogram"),
        ({"$MODE": "U"}, UnsupportedFcsError, "U: histograms, not single events"),
        ({"$BYTEORD": "3,4,1,2"}, UnsupportedFcsError, "'3,4,1,2'; only 1,2,3,4"),
        ({"$P2DATATYPE": "F"}, UnsupportedFcsError, "a data type of its own"),
        ({"$BEGINDATA": None}, CorruptFcsError, "says where DATA begins"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    write: WriteFile,
    keywords: dict[str, str | None],
    error: type[FcsError],
    message: str,
) -> None:
    header = {2: "0", 3: "0"} if "$BEGINDATA" in keywords else {}
    path = write(Writer(whole_numbers(), keywords=keywords, header=header))

    with pytest.raises(error, match=message) as raised:
        read_data_sets(path)

    assert str(raised.value).startswith("tube.fcs: ")


def test_a_keyword_behind_blanks_is_another_keyword(write: WriteFile) -> None:
    keywords = {"$DATATYPE": None, "\n   $DATATYPE": "I"}
    path = write(Writer(whole_numbers(), keywords=keywords))

    with pytest.raises(CorruptFcsError, match="stands behind blanks: TEXT is damaged"):
        read_data_sets(path)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", NotFcsError, "does not begin with 'FCS'"),
        (b"oi21j0\n\n\n\n", NotFcsError, "does not begin with 'FCS'"),
        (b"FCS1.0", UnsupportedFcsError, "FCS version '1.0' is not read; 2.0, 3.0"),
        (b"FCS3.0", CorruptFcsError, "HEADER does not say where TEXT lies"),
        (b"FCS3.0    " + b" " * 48, CorruptFcsError, "HEADER does not say where"),
    ],
)
def test_what_has_no_header_is_refused(
    tmp_path: Path, content: bytes, error: type[FcsError], message: str
) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(content)

    with pytest.raises(error, match=message):
        read_data_sets(path)


def test_a_missing_file_is_an_fcs_error(tmp_path: Path) -> None:
    with pytest.raises(FcsError, match=r"^gone.fcs: cannot be opened: No such file"):
        read_data_sets(tmp_path / "gone.fcs")


def test_the_hash_is_of_the_whole_file_and_the_file_is_as_before(
    write: WriteFile,
) -> None:
    path = write(Writer([[1, 2]], tail=b"end"))
    before = path.read_bytes()

    sha256 = read_fcs_file(path).sha256

    other = write(Writer([[1, 2]], tail=b"END"))
    assert sha256 != read_fcs_file(other).sha256
    path.write_bytes(before)
    assert sha256 == read_fcs_file(path).sha256


def test_a_32_header_without_types_of_its_own_is_read_and_noted(
    write: WriteFile,
) -> None:
    path = write(Writer(whole_numbers(), version="FCS3.2"))

    (data_set,) = read_data_sets(path)

    np.testing.assert_array_equal(data_set.values, whole_numbers())
    assert data_set.notes == ("FCS 3.2 was read as 3.1.",)


@given(
    events=st.lists(
        st.lists(st.integers(0, 255), min_size=2, max_size=2), min_size=1, max_size=30
    ),
    dtype=st.sampled_from(["<u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"]),
    delimiter=st.sampled_from("/|\\*~!#^+?([\t\f\x1e"),
    comment=st.text(st.sampled_from("ab$/|\\*^µ "), max_size=8),
)
@settings(max_examples=60)
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    events: list[list[int]],
    dtype: str,
    delimiter: str,
    comment: str,
) -> None:
    path = tmp_path_factory.getbasetemp() / "whatever.fcs"
    keywords: dict[str, str | None] = {"$COM": comment, "$SRC": "", "$CYT": "x"}
    path.write_bytes(
        Writer(events, "I", dtype, delimiter=delimiter, keywords=keywords).to_bytes()
    )

    (data_set,) = read_data_sets(path)

    assert data_set.values.tolist() == events
    assert data_set.keywords["$COM"] == comment
    assert data_set.keywords["$SRC"] == ""
    assert data_set.keywords["$CYT"] == "x"


@given(
    places=st.lists(st.integers(0, 600), max_size=12),
    values=st.binary(min_size=12, max_size=12),
    length=st.integers(0, 700),
)
@settings(max_examples=300)
def test_a_damaged_file_is_read_or_refused_and_never_more(
    tmp_path_factory: pytest.TempPathFactory,
    places: list[int],
    values: bytes,
    length: int,
) -> None:
    content = bytearray(Writer(whole_numbers(20, 4), "F", ">f4").to_bytes())
    for place, value in zip(places, values, strict=False):
        content[place % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "damaged.fcs"
    path.write_bytes(content[: max(length, 500)])

    with contextlib.suppress(FcsError):
        for data_set in read_data_sets(path):
            assert data_set.values.nbytes <= 8 * len(content)
