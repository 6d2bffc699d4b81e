"""The limits document, and what it says when it is wrong."""

from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.quality.limits import load_limits

SHIPPED = Path(__file__).parents[2] / "gating" / "limits.toml"


def changed(folder: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = folder / "limits.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_a_lab_can_change_a_limit(tmp_path: Path) -> None:
    path = changed(tmp_path, "pass_low = 95", "pass_low = 93")

    assert load_limits(path).limits["QC_LYMPHOSUM"].pass_low == 93


def test_a_misspelt_check_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = changed(tmp_path, "[QC_LYMPHOSUM]", "[QC_LYMPHSUM]")

    with pytest.raises(ConfigError) as caught:
        load_limits(path)

    text = str(caught.value)
    assert "limits.toml: QC_LYMPHSUM: unknown key" in text
    assert "Did you mean 'QC_LYMPHOSUM'?" in text
    assert "limits.toml: QC_LYMPHOSUM: is missing" in text


def test_limits_out_of_order_are_shown(tmp_path: Path) -> None:
    path = changed(tmp_path, "pass_low = 95", "pass_low = 85")

    with pytest.raises(ConfigError) as caught:
        load_limits(path)

    assert str(caught.value) == (
        "limits.toml: QC_LYMPHOSUM: limits are out of order, expected fail_low <= "
        "pass_low <= pass_high <= fail_high; found 90 85 105 110."
    )


def test_a_unit_that_is_not_the_checks_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, 'unit = "points"', 'unit = "%"')

    with pytest.raises(ConfigError, match="found unit '%', expected 'points'"):
        load_limits(path)


def test_a_check_without_limits_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, "pass_high = 0.5\nfail_high = 2\n", "")

    with pytest.raises(ConfigError, match="QC_SAT: has no limit"):
        load_limits(path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = changed(tmp_path, 'fail_low = 80\nunit = "%"\n', 'fail_low = "low"\n')

    with pytest.raises(ConfigError) as caught:
        load_limits(path)

    assert [problem.where for problem in caught.value.problems] == [
        "limits.toml: QC_TIME.fail_low",
        "limits.toml: QC_TIME.unit",
    ]


def test_a_missing_document_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"limits.toml: cannot be read"):
        load_limits(tmp_path / "limits.toml")
