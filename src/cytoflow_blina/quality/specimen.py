"""Check the blood itself: how old it was, and how many leukocytes it held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import nan

from cytoflow_blina.quality.check import Check, Measured


@dataclass(frozen=True)
class Specimen:
    """What sheet and files say of the blood of one sample.

    Attributes
    ----------
    sample_id : str
        The sample.
    collected_at : datetime or None
        When it was drawn; midnight stands for a day without a time.
    acquired_at : tuple of datetime
        When each of its tubes was acquired, by the instrument's clock; tubes whose
        file does not say are left out.
    wbc_1e9_per_l : float or None
        Leukocytes of the haematology analyser.
    """

    sample_id: str
    collected_at: datetime | None = None
    acquired_at: tuple[datetime, ...] = ()
    wbc_1e9_per_l: float | None = None


def specimen_age(specimen: Specimen) -> Measured:
    """Measure the hours from draw to acquisition; many are bad, and so is less than 0.

    Parameters
    ----------
    specimen : Specimen
        What is known of it.

    Returns
    -------
    Measured
        In hours, of the tube acquired last; NaN where either time is unknown.

    Notes
    -----
    48 h for EDTA blood at room temperature (many test directories: 24 to 72 h); failing
    above 72 h. Staining is not recorded, so that the hours between staining and
    acquisition are counted too. A day without a time is taken at noon, and acquired in
    the morning of that day is 0 h. Less than 0 h says that a date or a clock is wrong.
    """
    drawn = specimen.collected_at
    if drawn is None:
        return Measured(nan, "The sample sheet does not say when it was drawn.")
    if not specimen.acquired_at:
        return Measured(nan, "No file says when it was acquired.")
    # The instrument's clock knows no time zone: it shows the lab's own time.
    drawn = drawn.replace(tzinfo=None)
    is_day_alone = drawn.time() == time.min
    if is_day_alone:
        drawn += timedelta(hours=12)
    acquired = max(specimen.acquired_at)
    hours = (acquired - drawn) / timedelta(hours=1)
    if is_day_alone and acquired.date() >= drawn.date():
        hours = max(hours, 0.0)
    message = f"Acquired {hours:.1f} h after it was drawn"
    if is_day_alone:
        message += ", taking noon, as the sheet gives the day alone"
    if hours < 0:
        message += "; a date in the sheet or the instrument's clock is wrong"
    return Measured(hours, f"{message}.")


def leukocytes(specimen: Specimen) -> Measured:
    """Take the leukocytes of the analyser; few are bad, and many.

    Parameters
    ----------
    specimen : Specimen
        What is known of it.

    Returns
    -------
    Measured
        In 10^9/L; NaN where the sheet does not say.

    Notes
    -----
    Antibody is measured out for 3 to 30 x 10^9/L (instructions for use, professional
    knowledge of medium confidence). More cells may be stained too little. Fewer are
    not: under treatment most samples lie below 3, and few events have checks of their
    own, so that the lower limit is where the analyser's differential becomes
    unreliable. Outside warns alone.
    """
    wbc = specimen.wbc_1e9_per_l
    if wbc is None:
        return Measured(nan, "The sample sheet gives no leukocyte count.")
    return Measured(wbc, f"{wbc:g} x 10^9/L leukocytes by the analyser.")


SPECIMEN = (
    Check("QC_AGE", "h", specimen_age),
    Check("QC_WBC", "10^9/L", leukocytes),
)
