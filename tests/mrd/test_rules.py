"""The document of event rules, and what it says when it is wrong."""

from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.mrd.rules import load_mrd_rules

SHIPPED = Path(__file__).parents[2] / "gating" / "mrd.toml"


def changed(folder: Path, *replacements: tuple[str, str]) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "mrd.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_mrd_rules(path)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("profile", "lod_events", "lloq_events"),
    [("ICCS20_50", 20, 50), ("AIEOP_BFM", 10, 30), ("EUROFLOW", 10, 40)],
)
def test_the_shipped_profiles_are_the_conventions(
    profile: str, lod_events: int, lloq_events: int
) -> None:
    rule = load_mrd_rules(SHIPPED).profiles[profile]

    assert (rule.lod_events, rule.lloq_events) == (lod_events, lloq_events)


def test_every_limit_of_the_shipped_document_has_its_source() -> None:
    rules = load_mrd_rules(SHIPPED)

    assert set(rules.sources) >= {
        "cut",
        "blank",
        "panel",
        "candidates",
        "profile.EUROFLOW",
    }
    assert all(rules.sources.values())
    assert rules.cut_percent == 0.01
    assert len(rules.sha256) == 64


def test_a_lab_can_change_a_limit_and_add_a_profile(tmp_path: Path) -> None:
    profile = '[profile.OURS]\nlod_events = 8\nlloq_events = 8\nsource = "we"\n\n'
    path = changed(
        tmp_path, ("fewest_percent = 75", "fewest_percent = 80"),
        ("[blank]", f"{profile}[blank]"),
    )  # fmt: skip

    rules = load_mrd_rules(path)

    assert rules.viability.fewest_percent == 80
    assert rules.profiles["OURS"].lod_events == 8


def test_a_looser_cut_than_a_hundredth_of_a_percent_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, ("percent = 0.01", "percent = 0.1"))

    assert problems_of(path) == [
        "mrd.toml: cut.percent: must be less than or equal to 0.01; found 0.1."
    ]


def test_a_number_cannot_take_fewer_events_than_a_finding(tmp_path: Path) -> None:
    path = changed(
        tmp_path, ("lloq_events = 30", "lloq_events = 9"),
        ("negative_percent = 20", "negative_percent = 90"),
    )  # fmt: skip

    events, shares = problems_of(path)
    assert events == (
        "mrd.toml: profile.AIEOP_BFM: found lod_events 10 and lloq_events 9, expected "
        "at least as many for a number as for a finding."
    )
    assert shares == (
        "mrd.toml: cd19: found negative_percent 90 above positive_percent 80; negative "
        "must end where positive begins, or before."
    )


def test_all_faults_of_form_are_told_at_once(tmp_path: Path) -> None:
    path = changed(
        tmp_path, ("lod_events = 20", "lod_events = 0"), ("high_percent", "hi_percent"),
        ('source = "(design)."', 'source = ""'),
    )  # fmt: skip

    assert [text.split(": ")[1] for text in problems_of(path)] == [
        "profile.ICCS20_50.lod_events",
        "viability.source",
        "hematogones.high_percent",
        "hematogones.hi_percent",
    ]


def test_a_missing_document_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mrd.toml: cannot be read"):
        load_mrd_rules(tmp_path / "mrd.toml")
