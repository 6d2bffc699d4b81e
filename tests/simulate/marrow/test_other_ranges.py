"""The second set of ranges is another one, and as sound as the first."""

from dataclasses import fields

from cytoflow_blina.simulate.marrow.cytometers import DEFAULT_MARROW_RANGES
from cytoflow_blina.simulate.marrow.other_ranges import OTHER_MARROW_RANGES


def test_it_differs_in_every_respect_but_the_panels() -> None:
    same = [
        field.name
        for field in fields(DEFAULT_MARROW_RANGES)
        if getattr(DEFAULT_MARROW_RANGES, field.name)
        == getattr(OTHER_MARROW_RANGES, field.name)
    ]

    assert same == ["panels"]


def test_every_range_runs_upward() -> None:
    other = OTHER_MARROW_RANGES
    spans = [
        value
        for field in fields(other)
        if isinstance(value := getattr(other, field.name), tuple)
    ]
    spans += other.spill.values()
    for kind in other.kinds.values():
        spans += [kind.hematogones, kind.mature_b, kind.precursors]

    assert len(spans) > 40
    assert all(low <= high for low, high in spans)


def test_populations_and_markers_are_the_same() -> None:
    one, other = DEFAULT_MARROW_RANGES, OTHER_MARROW_RANGES

    assert {name: set(table) for name, table in one.levels.items()} == {
        name: set(table) for name, table in other.levels.items()
    }
    assert set(one.scatter) == set(other.scatter)
    assert set(one.kinds) == set(other.kinds)
    assert set(one.spill) == set(other.spill)
