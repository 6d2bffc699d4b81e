"""The section on simulated marrow."""

from pathlib import Path

from cytoflow_blina.report.reproduction.marrow import lay_out_marrow
from cytoflow_blina.report.reproduction.write import write_reproduction

HEADER = (
    "visit,simulated_percent,mrd_percent,status,class,response_by_mrd,"
    "response_by_paper_rule,response_given"
)
LINES = (
    "D0,1.0,0.98,POS_QUANT,failure,,,",
    "D0,0.5,,NOT_EVALUABLE,NE,,,",
    "D0,0.004,0.0036,NEG_BELOW_LOD,CR,,,",
    "D0,0.0,0.0,NEG_LIMITED,intermediate,,,",
    "EOT,0.0,0.0,NEG,CR,MRD_CR,MRD_CR,MRD_CR",
    "EOT,1.0,0.0,NEG,CR,MRD_CR,MRD_CR,NR",
)
ROWS = [dict(zip(HEADER.split(","), line.split(","), strict=True)) for line in LINES]


def test_marrows_are_told_by_what_was_simulated() -> None:
    section = lay_out_marrow(ROWS)

    assert section is not None
    kinds = [(line.kind, line.n) for line in section.lines]
    assert kinds == [
        ("MRD of 0.01 % or more, before the cycle", 2),
        ("MRD below 0.01 %, before the cycle", 1),
        ("no leukaemic cell, before the cycle", 1),
        ("MRD of 0.01 % or more, after the cycle", 1),
        ("no leukaemic cell, after the cycle", 1),
    ]
    first = section.lines[0]
    assert (first.simulated, first.found) == ("0.75 (0.5 to 1)", "0.98 (0.98 to 0.98)")


def test_every_marrow_is_called_in_one_way() -> None:
    section = lay_out_marrow(ROWS)

    assert section is not None
    called = [
        (line.n_detected, line.n_negative, line.n_open, line.n_unknown)
        for line in section.lines
    ]
    assert called == [
        (1, 0, 0, 1),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 1, 0, 0),
        (0, 1, 0, 0),
    ]
    assert [line.n for line in section.lines] == [sum(one) for one in called]


def test_responses_are_counted_beside_those_that_were_given() -> None:
    section = lay_out_marrow(ROWS)

    assert section is not None
    assert (section.n_judged, section.n_responded, section.n_given) == (2, 2, 1)


def test_without_marrow_there_is_no_section() -> None:
    assert lay_out_marrow([]) is None


def test_the_page_says_whether_marrow_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "marrow.csv").write_text(HEADER + "\n", encoding="utf-8")
    without = write_reproduction(tmp_path).read_text(encoding="utf-8")
    (tmp_path / "marrow.csv").write_text(
        "\n".join((HEADER, *LINES)) + "\n", encoding="utf-8"
    )
    with_marrow = write_reproduction(tmp_path).read_text(encoding="utf-8")

    assert "No marrow was simulated" in without
    assert "gated as any other: 6 tubes" in with_marrow
    assert '<td class="number">0.98 (0.98 to 0.98)</td>' in with_marrow
