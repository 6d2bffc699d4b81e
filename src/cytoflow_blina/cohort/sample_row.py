"""Say what one row of samples.csv holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cytoflow_blina.cohort.typed_rows import FileId, IsoDate, TableRow
from cytoflow_blina.domain.counting import CountingInputs, CountMethod
from cytoflow_blina.domain.sample import Sample

Positive = Annotated[float, Field(gt=0)]


class SampleRow(TableRow):
    """One tube of one sample, as the sheet has it.

    The fields are the columns; `cohort/columns.csv` explains each. `row` is the row of
    the spreadsheet, `carried` holds the columns that are not ours.
    """

    sample_id: FileId
    subject_id: FileId
    cycle: Annotated[int, Field(ge=0)] = 1
    visit: str
    rel_day: int | None = None
    specimen: Literal["PB", "BM", "CSF"] = "PB"
    tube: FileId = ""
    panel: str
    fcs_file: str
    count_method: CountMethod
    wbc_1e9_per_l: Annotated[float, Field(ge=0)] | None = None
    lymph_percent_of_wbc: Annotated[float, Field(ge=0, le=100)] | None = None
    bead_lot: str = ""
    beads_per_tube: float | None = None
    blood_volume_ul: Positive | None = None
    acquired_volume_ul: Positive | None = None
    dilution_factor: Annotated[float, Field(ge=1)] | None = None
    collected_at: IsoDate | None = None
    prior_cd19_therapy: bool | None = None
    marrow_pull: Annotated[int, Field(ge=1)] | None = None

    @property
    def sample(self) -> Sample:
        """What all tubes of the sample share."""
        return Sample(
            sample_id=self.sample_id,
            subject_id=self.subject_id,
            cycle=self.cycle,
            visit=self.visit,
            rel_day=self.rel_day,
            specimen=self.specimen,
            count_method=str(self.count_method),
        )

    @property
    def counting(self) -> CountingInputs:
        """What is needed to count this tube."""
        return CountingInputs(
            method=self.count_method,
            beads_per_tube=self.beads_per_tube,
            blood_volume_ul=self.blood_volume_ul,
            acquired_volume_ul=self.acquired_volume_ul,
            dilution_factor=self.dilution_factor,
            wbc_1e9_per_l=self.wbc_1e9_per_l,
            lymph_percent_of_wbc=self.lymph_percent_of_wbc,
        )

    @property
    def file_stem(self) -> str:
        """Name of the files that are written for this tube, without ending."""
        return f"{self.sample_id}.{self.tube}" if self.tube else self.sample_id
