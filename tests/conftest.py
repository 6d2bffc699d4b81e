"""Share what many tests need: the folder of real data, where it is at hand."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(
    os.environ.get(
        "CYTOFLOW_BLINA_DATA",
        Path(__file__).resolve().parents[2] / "shared" / "data",
    )
)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real FCS data; tests that ask for it are skipped where it is not."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data are not at hand (set CYTOFLOW_BLINA_DATA)")
    return SHARED_DATA
