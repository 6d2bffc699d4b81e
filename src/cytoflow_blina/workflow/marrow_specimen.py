"""Check that the sheet says what specimen a panel for residual leukaemia was run on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.errors import Problem


def specimen_problems(
    rows: Iterable[SampleRow], templates: Mapping[str, GatingTemplate], where: str
) -> Iterator[Problem]:
    """Find samples of a panel for residual leukaemia of which no specimen is said.

    Parameters
    ----------
    rows : iterable of SampleRow
        Of the sheet.
    templates : mapping of str to GatingTemplate
        By the name of the panel.
    where : str
        The sheet's file name.

    Yields
    ------
    Problem
        One for each such sample, in the order of the sheet. An empty cell would be
        read as blood. `PB` and `CSF` that are said are no problem here: they limit
        the verdict.
    """
    panels = {
        name
        for name, template in templates.items()
        if any(tube.mrd is not None for tube in template.tubes)
    }
    unsaid = dict.fromkeys(
        (row.sample_id, row.panel)
        for row in rows
        if row.panel in panels and "specimen" not in row.model_fields_set
    )
    for sample_id, panel in unsaid:
        yield Problem(
            where,
            f"sample {sample_id!r} is of panel {panel!r}, which looks for residual "
            "leukaemia, and its specimen is empty, which means PB, blood. Write BM for "
            "marrow, or PB or CSF where it is that.",
        )
