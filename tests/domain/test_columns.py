"""A column is widened without a change of its values."""

import numpy as np

from cytoflow_blina.domain.columns import as_float64


def test_a_narrow_column_is_widened_and_a_wide_one_is_not_copied() -> None:
    narrow, wide = np.array([0.1], np.float32), np.array([0.1])

    assert as_float64(narrow)[0] == float(np.float32(0.1))
    assert as_float64(wide) is wide


def test_a_signalling_nan_is_widened_without_a_warning() -> None:
    signalling = np.array([0x7FA00000], np.uint32).view(np.float32)

    assert np.isnan(as_float64(signalling)).all()
