from cytoflow_blina.report.cohort.adverse_event_table import lay_out_adverse_events
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.collect import Row, RunTables

NEG, POS = "CR-MRDneg", "R/R"


def tables(
    counts: dict[str, tuple[tuple[str, int, int], ...]],
    sizes: tuple[int, int],
    **fields: str,
) -> RunTables:
    """Give tests and rates of some outcomes: category, and how many of either group."""
    tests: list[Row] = []
    rates: list[Row] = []
    for outcome, categories in counts.items():
        tests.append(
            {
                "contrast": "events",
                "outcome": outcome,
                "kind": "table",
                "family": "adverse events",
                "group_a": NEG,
                "group_b": POS,
                "test": "Fisher's exact",
                "p_value": "0.165",
                "p_adjusted": "0.5",
                "effect": "2",
                "effect_kind": "odds ratio",
                **fields,
            }
        )
        rates += [
            {
                "contrast": "events",
                "outcome": outcome,
                "category": category,
                "group": group,
                "n_events": str(n_events),
                "n": str(n),
            }
            for category, *both in categories
            for group, n_events, n in zip((NEG, POS), both, sizes, strict=True)
        ]
    return RunTables(comparisons=tuple(tests), rates=tuple(rates))


def events(
    term: str, mild: tuple[int, int], severe: tuple[int, int]
) -> dict[str, tuple[tuple[str, int, int], ...]]:
    none = (74 - mild[0] - severe[0], 51 - mild[1] - severe[1])
    some = (mild[0] + severe[0], mild[1] + severe[1])
    return {
        f"{term}, any grade": (("G0", *none), ("G1-5", *some)),
        f"{term}, grades": (("G0", *none), ("G1-2", *mild), ("G3-5", *severe)),
        f"{term}, severe": (("G3-5", *severe),),
    }


def test_a_term_has_its_grades_and_any_grade_in_both_groups() -> None:
    counted = tables(events("CRS", (29, 25), (0, 2)), (74, 51))

    section = lay_out_adverse_events(
        DeclaredAnalysis("adverse_events", "events"), counted
    )

    table = section.tables[0].table
    assert table.header[1:7] == (
        *("Total, n", "%", "CR-MRDneg, n", "%", "R/R, n", "%"),
    )
    assert [line.cells for line in table.lines] == [
        ("CRS, cycles assessed", "125", "", "74", "", "51", "", "0.165", "0.500"),
        ("G0", "69", "55.2", "45", "60.8", "24", "47.1", "", ""),
        ("G1–2", "54", "43.2", "29", "39.2", "25", "49.0", "", ""),
        ("G3–5", "2", "1.6", "0", "0.0", "2", "3.9", "0.165", "0.500"),
        ("any grade", "56", "44.8", "29", "39.2", "27", "52.9", "0.165", "0.500"),
    ]
    assert all(len(line.cells) == len(table.header) for line in table.lines)
    assert not any(note.startswith("Effect") for note in table.notes)


def test_terms_stand_as_declared() -> None:
    counted = tables(
        {**events("CRS", (1, 1), (0, 0)), **events("ICANS", (0, 0), (1, 0))}, (74, 51)
    )
    analysis = DeclaredAnalysis("adverse_events", "events", order=("ICANS", "CRS"))

    table = lay_out_adverse_events(analysis, counted).tables[0].table

    heads = [line.cells[0] for line in table.lines if line.level == 0]
    assert heads == ["ICANS, cycles assessed", "CRS, cycles assessed"]


def test_a_term_that_nobody_was_assessed_for_has_no_percentage() -> None:
    grades = (("G0", 0, 0), ("G1-2", 0, 0), ("G3-5", 0, 0))
    counted = tables(
        {"TLS, grades": grades},
        (0, 0),
        p_value="",
        p_adjusted="",
        method="not defined: no group has any count",
    )

    section = lay_out_adverse_events(
        DeclaredAnalysis("adverse_events", "events"), counted
    )

    table = section.tables[0].table
    assert table.lines[0].cells[1] == "0"
    assert table.lines[0].cells[-2:] == ("not defined [a]", "–")
    assert table.lines[1].cells[1:3] == ("no value", "")
    assert table.notes[-1] == "[a] Not defined: no group has any count."


def test_a_study_without_events_has_nothing_to_show() -> None:
    analysis = DeclaredAnalysis("adverse_events", "events")

    assert lay_out_adverse_events(analysis, RunTables()).is_empty
