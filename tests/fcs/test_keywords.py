from datetime import datetime

import pytest

from cytoflow_blina.fcs.keywords import (
    number_of,
    read_acquired_at,
    read_settings,
    read_time_step_s,
    read_volume_ul,
)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("05-FEB-2019", (2019, 2, 5)),
        ("23-Aug-02", (2002, 8, 23)),
        ("11-Jun-98", (1998, 6, 11)),
        ("2014-Sep-26", (2014, 9, 26)),
        ("2014-09-06", (2014, 9, 6)),
        ("21 Dec 2010", (2010, 12, 21)),
        ("  19-MAY-15 ", (2015, 5, 19)),
        ("28-06-2006", (2006, 6, 28)),
        ("06/28/2006", (2006, 6, 28)),
        ("07.07.2006", (2006, 7, 7)),
    ],
)
def test_usual_forms_of_a_date_are_read(
    date: str, expected: tuple[int, int, int]
) -> None:
    read = read_acquired_at({"$DATE": date, "$BTIM": "16:31:33"})

    assert read == datetime(*expected, 16, 31, 33)  # noqa: DTZ001 - as the clock had it


@pytest.mark.parametrize("date", ["", "03-07-2024", "31-FEB-2019", "May", "1-2-3-4"])
def test_a_date_that_could_be_another_is_unknown(date: str) -> None:
    assert read_acquired_at({"$DATE": date, "$BTIM": "16:31:33"}) is None


@pytest.mark.parametrize("time", ["21:28:25.56", "21:28:25:33", "21:28:25:509"])
def test_fractions_of_a_second_are_left_out(time: str) -> None:
    read = read_acquired_at({"$DATE": "05-FEB-2019", "$BTIM": time})

    assert read == datetime(2019, 2, 5, 21, 28, 25)  # noqa: DTZ001 - as the clock had it


@pytest.mark.parametrize("time", ["", "25:00:00", "noon", "21:28"])
def test_without_a_time_of_day_the_acquisition_has_no_time(time: str) -> None:
    assert read_acquired_at({"$DATE": "05-FEB-2019", "$BTIM": time}) is None


@pytest.mark.parametrize(
    ("keywords", "volume_ul"),
    [
        ({"$VOL": "25016"}, 25.016),
        ({"$VOL": " 46000 "}, 46.0),
        ({"$VOL": "        30.5", "CREATOR": "SpectroFlo 3.3.0"}, 30.5),
        ({"$VOL": "0"}, None),
        ({"$VOL": "-3"}, None),
        ({"$VOL": "much"}, None),
        ({}, None),
    ],
)
def test_volume_is_in_microlitres(
    keywords: dict[str, str], volume_ul: float | None
) -> None:
    assert read_volume_ul(keywords) == volume_ul


@pytest.mark.parametrize(
    ("keywords", "step"),
    [
        ({"$TIMESTEP": "0.01", "TIMETICKS": "50"}, 0.01),
        ({"TIMETICKS": "50"}, 0.05),
        ({"$TIMESTEP": "xxx", "TIMETICKS": "200"}, 0.2),
        ({"$TIMESTEP": "0"}, None),
        ({"$TIMESTEP": "1e308"}, None),
        ({"TIMETICKS": "3600001"}, None),
        ({}, None),
    ],
)
def test_the_time_step_is_in_seconds(
    keywords: dict[str, str], step: float | None
) -> None:
    assert read_time_step_s(keywords) == step


@pytest.mark.parametrize("text", ["", "inf", "nan", "1,0", "abc"])
def test_what_is_no_number_is_nan(text: str) -> None:
    assert number_of(text) != number_of(text)


def test_settings_go_by_detector_and_words_by_number() -> None:
    keywords = {
        "$CYT": " FACSCalibur ",
        "$OP": "A. Person",
        "BD$WORD34": "10",
        "BD$WORD5": "3",
        "BD$WORDX": "no number",
        "$P1N": "FSC-H",
        "$P1G": "1.0",
        "$P2N": "FL1-H",
        "$P2V": " 600",
        "$P2E": "4,0",
    }

    assert list(read_settings(keywords).items()) == [
        ("$CYT", "FACSCalibur"),
        ("FSC-H $PnG", "1.0"),
        ("FL1-H $PnV", "600"),
        ("FL1-H $PnE", "4,0"),
        ("BD$WORD5", "3"),
        ("BD$WORD34", "10"),
    ]
