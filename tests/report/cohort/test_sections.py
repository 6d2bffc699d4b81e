"""The sections of a report, from tables made by hand."""

from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.report.collect import RunTables, collect_run, number, text
from cytoflow_blina.report.methods import methods_paragraph
from cytoflow_blina.report.provenance import lay_out_provenance
from cytoflow_blina.report.quality import (
    CheckSummary,
    finding_lines,
    summarise_checks,
)
from cytoflow_blina.report.verdicts import verdict_badge


def test_a_missing_table_counts_as_empty(tmp_path: Path) -> None:
    tables = collect_run(tmp_path)

    assert tables.counts == tables.failures == ()
    assert tables.provenance == {}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("counts.csv", "sample_id\n\xe4\n".encode("cp1252"), "a table in UTF-8"),
        ("counts.csv", b"sample_id\n" + b"x" * 200_000, "a table in UTF-8"),
        ("provenance.json", b'{"software": ', "JSON in UTF-8"),
        ("provenance.json", b'"\xe4"', "JSON in UTF-8"),
    ],
    ids=["saved in another encoding", "a cell without end", "cut", "not UTF-8"],
)
def test_a_file_that_was_changed_is_named(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        collect_run(tmp_path)

    assert str(caught.value) == (
        f"{name}: is no longer {expected}, as the run left it. Run the study again."
    )


def test_an_id_that_reads_like_a_missing_value_is_an_id(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text("sample_id,cells_per_ul\nNA,\n", "utf-8")

    (row,) = collect_run(tmp_path).counts

    assert text(row, "sample_id") == "NA"


@pytest.mark.parametrize("cell", ["", "ND", None])
def test_what_is_no_number_is_unknown(cell: str | None) -> None:
    assert str(number({"value": cell} if cell is not None else {}, "value")) == "nan"


def test_an_id_cannot_lead_to_a_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret.npz").write_bytes(b"")
    (tmp_path / "out" / "plots").mkdir(parents=True)
    (tmp_path / "out" / "populations.csv").write_text(
        f"sample_id,tube\n../../secret,\n{'x' * 300},\n", "utf-8"
    )

    assert collect_run(tmp_path / "out").plots == {}


def test_checks_with_more_failures_stand_first(run_folder: Path) -> None:
    checks = summarise_checks(collect_run(run_folder))

    assert [check.check for check in checks] == ["QC_LYMPHOSUM", "QC_DRIFT", "QC_TIME"]
    tally = {badge.word: n for badge, n in checks[0].tally}
    assert tally == {"Fail": 1, "Warn": 1, "Not measured": 0, "Pass": 1}


def test_findings_are_written_for_people_the_worst_first() -> None:
    lines = finding_lines(
        (
            {"check": "QC_TIME", "verdict": "NOT_MEASURED", "value": ""},
            {"check": "QC_SAT", "verdict": "FAIL", "value": "2.345678", "unit": "%"},
        )
    )

    assert [(line.check, line.value) for line in lines] == [
        ("QC_SAT", "2.35"),
        ("QC_TIME", "–"),
    ]


def test_the_methods_paragraph_names_versions_template_sources_and_test(
    run_folder: Path,
) -> None:
    paragraph = methods_paragraph(collect_run(run_folder))

    assert "cytoflow-blina 0.1.0 (Python 3.11.7, FlowKit 1.3.2)" in paragraph
    assert "the template facscanto-tbnk 1.0.0." in paragraph
    assert "Of 2 gates, 1 found in the tube and 1 taken from the template" in paragraph
    assert "counted against beads" in paragraph
    assert "Garwood" in paragraph
    assert "Wilcoxon signed-rank (P value: exact; zero" in paragraph
    assert "the method of Holm within each family of outcomes (counts" in paragraph


def test_the_methods_paragraph_says_each_kind_of_comparison_once() -> None:
    model = {
        "kind": "visits",
        "test": "mixed model",
        "method": "mixed model; 6 subjects",
    }
    tested = {"kind": "survival", "test": "log-rank", "method": "asymptotic"}
    undefined = {**tested, "method": "not defined: no event in any group"}
    tables = RunTables(
        comparisons=(model, {**model, "method": "mixed model"}, tested, undefined)
    )

    paragraph = methods_paragraph(tables)

    assert paragraph.endswith(
        "Visits were compared: mixed model. Survival of groups was compared: log-rank "
        "(P value: asymptotic)."
    )


def test_the_methods_paragraph_tells_only_what_was_done() -> None:
    tables = RunTables(counts=({"sample_id": "S1", "count_method": "none"},))

    paragraph = methods_paragraph(tables)

    assert paragraph == (
        "FCS files were read, gated and counted with cytoflow-blina. For samples "
        "without a count method, percentages alone are reported."
    )


MARROW = {
    "sample_id": "S1",
    "denominator": "NUC",
    "profile": "ICCS20_50",
    "lod_events": "20",
    "lloq_events": "50",
    "lod_source": "events",
    "gate_source": "fitted",
}
DOCUMENTS = {
    "documents": [
        {"kind": "normal reference", "name": "bcp-all-mrd-cog", "version": "1.0.0"},
        {"kind": "rules of MRD", "name": "bcp-all-mrd", "version": "1.2.0"},
    ]
}


def test_the_methods_paragraph_says_how_residual_leukaemia_was_found() -> None:
    paragraph = methods_paragraph(RunTables(mrd=(MARROW,), provenance=DOCUMENTS))

    assert paragraph.endswith(
        "Measurable residual disease (MRD) was sought among cells of B lineage as "
        "clusters unlike normal ones (bcp-all-mrd-cog 1.0.0), and is given in percent "
        "of nucleated cells with an exact (Garwood) 95 % interval. Its limits of "
        "detection and quantification are 20 and 50 events (ICCS20_50) by the rules "
        "bcp-all-mrd 1.2.0."
    )


def test_the_methods_paragraph_names_every_denominator_and_blank_samples() -> None:
    others = {**MARROW, "denominator": "MNC", "lod_source": "blank"}

    paragraph = methods_paragraph(RunTables(mrd=(MARROW, others, MARROW)))

    assert "in percent of nucleated cells and mononuclear cells with" in paragraph
    assert "unlike normal ones, and is given" in paragraph
    assert paragraph.endswith(
        "20 and 50 events (ICCS20_50), or what blank samples show where that is more."
    )


def test_marrow_gated_by_a_person_or_not_judged_is_not_said_to_be_searched() -> None:
    given = methods_paragraph(RunTables(mrd=({**MARROW, "gate_source": "manual"},)))
    none = methods_paragraph(
        RunTables(mrd=({**MARROW, "lod_events": ""},), provenance=DOCUMENTS)
    )

    assert "MRD) was gated by a person among cells of B lineage, and" in given
    assert "unlike normal" not in given
    assert "MRD" not in none


def test_provenance_is_laid_out_whatever_its_depth() -> None:
    groups = lay_out_provenance(
        {
            "command": "run",
            "software": {"python": "3.11.7", "jit": False},
            "inputs": [{"file": "a.csv", "size": 3}, {"file": "b.csv", "note": None}],
            "settings": {"visits": ["D0", "EOT"], "comparison": [{"name": "x"}]},
            "nothing": {},
        }
    )

    assert [(group.title, group.header, group.rows) for group in groups] == [
        ("run", (), (("command", "run"),)),
        ("software", (), (("python", "3.11.7"), ("jit", "no"))),
        (
            "inputs",
            ("file", "size", "note"),
            (("a.csv", "3", ""), ("b.csv", "", "")),
        ),
        (
            "settings",
            (),
            (("visits", "D0, EOT"), ("comparison.1.name", "x")),
        ),
    ]


def test_a_check_that_was_measured_nowhere_says_so() -> None:
    passed, unmeasured = (verdict_badge(one) for one in ("PASS", "NOT_MEASURED"))

    silent = CheckSummary("QC_AGE", "h", "", ((passed, 0), (unmeasured, 14)))
    seen = CheckSummary("QC_SAT", "%", "", ((passed, 3), (unmeasured, 11)))

    assert silent.was_never_measured
    assert not seen.was_never_measured
