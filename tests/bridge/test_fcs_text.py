"""TEXT is split without losing a keyword, where FlowIO loses some."""

import io

import flowio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.bridge.fcs_text import parse_text

DELIMITERS = "/|\\*~!#^+?([\t\f\n\r\x1e,"


def text_of(pairs: list[tuple[str, str]], delimiter: str = "/") -> bytes:
    """Write TEXT as the standard says: delimiters inside values are doubled."""
    body = "".join(
        f"{keyword}{delimiter}{value.replace(delimiter, delimiter * 2)}{delimiter}"
        for keyword, value in pairs
    )
    return (delimiter + body).encode("utf-8")


def flowio_text(pairs: list[tuple[str, str]], delimiter: str = "/") -> dict[str, str]:
    """Give what FlowIO reads from a file with one event and this TEXT beside it."""
    needed = {
        "$PAR": "1",
        "$TOT": "1",
        "$MODE": "L",
        "$DATATYPE": "F",
        "$BYTEORD": "1,2,3,4",
        "$NEXTDATA": "0",
        "$P1N": "FL1",
        "$P1B": "32",
        "$P1R": "1024",
        "$P1E": "0,0",
    }
    text = text_of([*needed.items(), *pairs], delimiter)
    begin = 58 + len(text)
    offsets = (58, begin - 1, begin, begin + 3, 0, 0)
    header = "FCS2.0    " + "".join(f"{offset:>8}" for offset in offsets)
    content = io.BytesIO(header.encode() + text + bytes(4))
    return dict(flowio.FlowData(content).text)


def test_a_keyword_behind_an_empty_value_is_kept() -> None:
    pairs = [("$SRC", ""), ("$SYS", "Windows"), ("$P1S", ""), ("$P2S", "")]

    assert parse_text(text_of(pairs)).keywords == dict(pairs)


def test_flowio_loses_the_keyword_behind_an_empty_value() -> None:
    read = flowio_text([("$SRC", ""), ("$SYS", "Windows")])

    assert "sys" not in read
    assert "src/sys" in read


def test_a_dollar_inside_a_value_is_kept() -> None:
    pairs = [("$COM", "cost $5")]

    assert parse_text(text_of(pairs)).keywords == dict(pairs)


def test_flowio_loses_a_dollar_inside_a_value() -> None:
    assert flowio_text([("$COM", "cost $5")])["com"] == "cost 5"


@pytest.mark.parametrize("delimiter", "|\\*/")
def test_a_doubled_delimiter_is_one_that_is_meant(delimiter: str) -> None:
    pairs = [("$COM", f"a{delimiter}b"), ("$CYT", "FACSCalibur")]

    assert parse_text(text_of(pairs, delimiter)).keywords == dict(pairs)


@pytest.mark.parametrize("delimiter", "|\\*")
def test_flowio_keeps_some_doubled_delimiters_double(delimiter: str) -> None:
    read = flowio_text([("$COM", f"a{delimiter}b"), ("$CYT", "x")], delimiter)

    assert read["com"] == f"a{delimiter * 2}b"


def test_flowio_stops_at_a_delimiter_that_its_pattern_does_not_escape() -> None:
    with pytest.raises(KeyError):
        flowio_text([("$CYT", "x")], "^")


def test_a_value_may_begin_and_end_with_the_delimiter() -> None:
    pairs = [("$FIL", "/home/x/"), ("$CYT", "/"), ("$SYS", "")]

    assert parse_text(text_of(pairs)).keywords == dict(pairs)


def test_a_writer_that_never_doubles_is_understood() -> None:
    text = b"/CHECKSUM/0//$CYT/Partec/$P1N/FSC/$P2N/SSC/"

    read = parse_text(text)

    assert read.keywords == {
        "CHECKSUM": "0",
        "$CYT": "Partec",
        "$P1N": "FSC",
        "$P2N": "SSC",
    }
    assert read.notes == ("TEXT does not double the delimiters inside its values.",)


def test_an_empty_value_and_a_lost_value_are_noted_without_their_names() -> None:
    read = parse_text(b"/$SRC//$SYS/Win/LEFT OVER")

    assert read.keywords == {"$SRC": "", "$SYS": "Win"}
    assert read.notes == (
        "TEXT has keywords with an empty value (1).",
        "TEXT ends with a keyword that has no value.",
    )


def test_the_last_value_may_lack_its_delimiter() -> None:
    assert parse_text(b"/$PAR/8/$TOT/15000").keywords == {"$PAR": "8", "$TOT": "15000"}


def test_blanks_behind_the_last_delimiter_are_nothing() -> None:
    read = parse_text(b"/$PAR/8/      \0\0")

    assert read.keywords == {"$PAR": "8"}
    assert read.notes == ()


def test_keywords_are_upper_case_and_values_as_written() -> None:
    read = parse_text(b"/$p1n/ Fl1-h /spill/  2,a,b/")

    assert read.keywords == {"$P1N": " Fl1-h ", "SPILL": "  2,a,b"}


def test_a_repeated_keyword_keeps_its_last_value() -> None:
    read = parse_text(b"/$CYT/one/$CYT/two/")

    assert read.keywords == {"$CYT": "two"}
    (note,) = read.notes
    assert note == (
        "TEXT has keywords that stand twice with different values (1); "
        "the last was taken."
    )


def test_text_that_is_no_utf8_is_read_as_latin1() -> None:
    read = parse_text(b"/CREATOR/CELLQuest\xaa 3.3/$COM/5 \xb5l/")

    assert read.keywords == {"CREATOR": "CELLQuest\xaa 3.3", "$COM": "5 \xb5l"}


def test_an_empty_segment_has_no_keywords() -> None:
    assert parse_text(b"").keywords == {}


@given(
    delimiter=st.sampled_from(DELIMITERS),
    names=st.lists(
        st.text("ABCDEFGHIJ0123456789&#.", min_size=1).filter(
            lambda name: name.strip()
        ),
        unique=True,
        max_size=12,
    ),
    values=st.lists(
        st.text(st.sampled_from("abc 1µ™/|\\*^+?,\t\f~!#([")), min_size=12, max_size=12
    ),
)
def test_whatever_is_written_is_read(
    delimiter: str, names: list[str], values: list[str]
) -> None:
    pairs = [
        (f"${name}".replace(delimiter, "_"), value)
        for name, value in zip(names, values, strict=False)
    ]

    assert parse_text(text_of(pairs, delimiter)).keywords == dict(pairs)


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_parser(segment: bytes) -> None:
    read = parse_text(segment)

    assert all(keyword == keyword.upper() for keyword in read.keywords)


def test_a_long_run_of_delimiters_is_read_in_no_time() -> None:
    # A pattern that could backtrack would take years here.
    read = parse_text(b"/$COM/" + b"/" * 200_001 + b"$CYT/x/")

    assert read.keywords == {"$COM": "/" * 100_000, "$CYT": "x"}
