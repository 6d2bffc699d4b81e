from cytoflow_blina.report.cohort.attrition_plot import attrition_plot
from cytoflow_blina.report.collect import Row, RunTables


def stage(contrast: str, number: int, title: str, reason: str, n: int) -> Row:
    return {
        "contrast": contrast,
        "stage": str(number),
        "title": title,
        "reason": reason,
        "n_subjects": str(n),
        "n_cycles": str(n),
    }


def test_outcomes_that_lost_the_same_share_a_flow_diagram() -> None:
    rows = [
        stage(contrast, 2, "both visits sampled", reason, n)
        for contrast, n_lost in (("x", 1), ("x: IgA", 2), ("x: IgG", 2), ("xy", 9))
        for reason, n in (("", 5), ("no sample at EOT", n_lost))
    ]

    counts, measured = attrition_plot("x", RunTables(attrition=tuple(rows)))

    assert (counts.name, measured.name) == ("attrition", "attrition-2")
    assert counts.summary == "Who was compared, and who was lost on the way"
    assert measured.summary.endswith(": IgA, IgG")
    assert "no sample at EOT" in counts.svg
    assert ">Both visits sampled<" in counts.svg


def test_nothing_counted_has_no_diagram() -> None:
    assert list(attrition_plot("x", RunTables())) == []
