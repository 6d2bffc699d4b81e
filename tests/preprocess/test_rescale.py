"""Check that axes are made of the right detectors, matrices and scales."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from cytoflow_blina.domain.events import (
    Channel,
    Dimension,
    RawEvents,
    ScaledEvents,
)
from cytoflow_blina.domain.gate import GateNode, GatingStrategy, Limits, RectangleGate
from cytoflow_blina.domain.scale import LinearScale, LogScale, Ratio, Scale
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import GatingError
from cytoflow_blina.preprocess.rescale import scale_events, scale_for_strategy

SPILL = Spillover(
    ("FITC-A", "PE-A", "APC-A"),
    np.array([[1.0, 0.2, 0.0], [0.1, 1.0, 0.05], [0.0, 0.02, 1.0]]),
)
KINDS = {"FSC-A": "scatter", "Time": "time"}


def tube(n_events: int = 50) -> RawEvents:
    """Make events whose true light is known: `measured = light @ matrix`."""
    rng = np.random.default_rng(3)
    light = rng.uniform(0, 1000, (n_events, 3))
    columns = {
        "FSC-A": rng.uniform(0, 1000, n_events),
        "APC-A": (light @ SPILL.matrix)[:, 2],
        "PE-A": (light @ SPILL.matrix)[:, 1],
        "FITC-A": (light @ SPILL.matrix)[:, 0],
        "BV/421-A": light[:, 0],
        "Time": np.arange(n_events, dtype=float),
    }
    values = np.asfortranarray(np.column_stack(list(columns.values())))
    channels = tuple(
        Channel(name, "", KINDS.get(name, "fluorescence"), 1024.0)  # type: ignore[arg-type] # the table holds kinds
        for name in columns
    )
    return RawEvents(tuple(values.T), channels)


def light_of(events: RawEvents) -> np.ndarray:
    """Solve for the light, FITC, PE and APC, as the definition says."""
    measured = np.column_stack([events.column(name) for name in SPILL.detectors])
    return np.linalg.solve(SPILL.matrix.T, measured.T).T


def scaled(
    events: RawEvents,
    dimensions: Sequence[Dimension],
    file_spillover: Spillover | None = SPILL,
    *,
    scales: Mapping[str, Scale] | None = None,
    matrices: Mapping[str, Spillover] | None = None,
    ratios: Mapping[str, Ratio] | None = None,
) -> ScaledEvents:
    """Scale with nothing defined unless it is said."""
    return scale_events(
        events,
        dimensions,
        scales=scales or {},
        matrices=matrices or {},
        ratios=ratios or {},
        file_spillover=file_spillover,
    )


def problems(*arguments: object, **definitions: object) -> list[str]:
    """Collect the faults that scaling is refused for."""
    with pytest.raises(GatingError) as caught:
        scaled(*arguments, **definitions)  # type: ignore[arg-type] # passed through
    return [str(problem) for problem in caught.value.problems]


def test_compensation_gives_back_the_light_of_each_dye() -> None:
    events = tube()
    dimensions = [Dimension(name, "FCS") for name in ("PE-A", "FITC-A")]

    axes = scaled(events, dimensions)

    np.testing.assert_allclose(axes.values, light_of(events)[:, [1, 0]], rtol=1e-12)


def test_a_matrix_of_the_strategy_is_taken_by_its_id() -> None:
    events = tube()

    axes = scaled(events, [Dimension("APC-A", "mine")], None, matrices={"mine": SPILL})

    np.testing.assert_allclose(axes.values[:, 0], light_of(events)[:, 2], rtol=1e-12)


def test_detectors_that_no_matrix_covers_stay_as_measured() -> None:
    events = tube()

    axes = scaled(events, [Dimension("FSC-A", "FCS"), Dimension("Time", "FCS")])

    np.testing.assert_array_equal(axes.column(axes.dimensions[0]), events.values[:, 0])
    np.testing.assert_array_equal(axes.column(axes.dimensions[1]), events.values[:, 5])


def test_each_dimension_has_a_compensation_of_its_own() -> None:
    events = tube()
    raw, compensated = Dimension("PE-A"), Dimension("PE-A", "FCS")

    axes = scaled(events, [raw, compensated])

    np.testing.assert_array_equal(axes.column(raw), events.column("PE-A"))
    assert not np.allclose(axes.column(compensated), events.column("PE-A"))


def test_scales_are_applied_after_compensation() -> None:
    events = tube()

    axes = scaled(
        events, [Dimension("PE-A", "FCS", "tenth")], scales={"tenth": LinearScale(10)}
    )

    np.testing.assert_allclose(axes.values[:, 0], light_of(events)[:, 1] / 10)


def test_a_ratio_is_taken_of_detectors_as_its_compensation_says() -> None:
    events = tube()
    ratios = {"r": Ratio("PE-A", "FITC-A", a=2.0, b=1.0, c=-3.0)}
    raw = Dimension("r", is_ratio=True)
    compensated = Dimension("r", "FCS", is_ratio=True)

    axes = scaled(events, [raw, compensated], ratios=ratios)

    measured = 2 * (events.column("PE-A") - 1) / (events.column("FITC-A") + 3)
    light = light_of(events)
    np.testing.assert_allclose(axes.column(raw), measured)
    np.testing.assert_allclose(
        axes.column(compensated), 2 * (light[:, 1] - 1) / (light[:, 0] + 3)
    )


def test_a_ratio_over_zero_is_infinite_and_does_not_warn() -> None:
    channels = (Channel("a", "", "other", 1.0), Channel("b", "", "other", 1.0))
    values = np.asfortranarray([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    ratios = {"r": Ratio("a", "b", 1, 0, 0)}

    axes = scaled(
        RawEvents(tuple(values.T), channels),
        [Dimension("r", is_ratio=True)],
        ratios=ratios,
    )

    np.testing.assert_array_equal(axes.values[:, 0], [np.inf, -np.inf, np.nan])


def test_flowjos_underscore_stands_for_a_slash() -> None:
    events = tube()

    axes = scaled(events, [Dimension("BV_421-A")])

    np.testing.assert_array_equal(axes.values[:, 0], events.column("BV/421-A"))


def test_the_axes_are_column_major_and_cannot_be_changed() -> None:
    axes = scaled(tube(), [Dimension("PE-A", "FCS"), Dimension("FSC-A")])

    assert axes.values.flags.f_contiguous
    with pytest.raises(ValueError, match="read-only"):
        axes.values[0, 0] = 1.0


def test_no_events_give_empty_axes() -> None:
    axes = scaled(tube(0), [Dimension("PE-A", "FCS")])

    assert axes.values.shape == (0, 1)


def test_an_axis_has_the_same_bits_alone_and_in_company() -> None:
    events = tube(40_000)
    scales = {"log": LogScale(1000, 4)}
    dimensions = [Dimension(name, "FCS", "log") for name in SPILL.detectors]

    together = scaled(events, dimensions, scales=scales)

    for dimension in dimensions:
        alone = scaled(events, [dimension], scales=scales)
        np.testing.assert_array_equal(alone.values[:, 0], together.column(dimension))


def test_events_are_scaled_the_same_in_blocks_and_in_one() -> None:
    events = tube(40_000)
    first = RawEvents(tuple(one[:100] for one in events.columns), events.channels)
    dimensions = [Dimension("PE-A", "FCS")]

    whole = scaled(events, dimensions)

    np.testing.assert_array_equal(whole.values[:100], scaled(first, dimensions).values)


def test_a_strategy_brings_its_own_definitions() -> None:
    events = tube()
    dimension = Dimension("FSC-A", scale="tenth")
    strategy = GatingStrategy(
        (GateNode("a", RectangleGate((Limits(dimension, 1.0),))),),
        scales={"tenth": LinearScale(10)},
    )

    axes = scale_for_strategy(events, strategy, None)

    assert axes.dimensions == (dimension,)
    np.testing.assert_allclose(axes.values[:, 0], events.column("FSC-A") / 10)


def test_a_file_without_the_matrix_that_is_asked_for_is_refused() -> None:
    (problem,) = problems(tube(), [Dimension("PE-A", "FCS")], None)

    assert problem == (
        "dimension 'PE-A': is to be compensated by the matrix in the FCS file, and "
        "the file has none. Name a matrix in the gates, or state that the dimension "
        "is 'uncompensated'."
    )


def test_a_file_that_is_known_to_need_no_matrix_is_taken_as_it_is() -> None:
    events = tube()
    none = Spillover((), np.zeros((0, 0)))

    axes = scaled(events, [Dimension("PE-A", "FCS")], none)

    np.testing.assert_array_equal(axes.values[:, 0], events.column("PE-A"))


def test_a_dye_that_the_files_matrix_leaves_out_is_refused() -> None:
    (problem,) = problems(tube(), [Dimension("BV/421-A", "FCS")])

    assert problem == (
        "dimension 'BV/421-A': is to be compensated by the matrix in the FCS file, "
        "which covers FITC-A, PE-A, APC-A only. State that the dimension is "
        "'uncompensated'."
    )


def test_all_faults_of_a_strategy_are_told_at_once() -> None:
    found = problems(
        tube(),
        [
            Dimension("PE-B"),
            Dimension("PE-A", "mime"),
            Dimension("FSC-A", scale="lgo"),
            Dimension("ratio", is_ratio=True),
        ],
        scales={"log": LogScale(1, 1)},
        matrices={"mine": SPILL},
    )

    assert [problem.partition(": ")[2] for problem in found] == [
        (
            "detector 'PE-B' is not in the tube, which has FSC-A, APC-A, PE-A, FITC-A, "
            "BV/421-A, Time. Did you mean 'PE-A'?"
        ),
        (
            "uses the matrix 'mime', which is not defined; defined: FCS, "
            "uncompensated, mine. Did you mean 'mine'?"
        ),
        (
            "uses the scale 'lgo', which is not defined; defined: log. Did you mean "
            "'log'?"
        ),
        "uses the ratio 'ratio', which is not defined; defined: none.",
    ]


def test_a_detector_that_only_the_matrix_names_is_missed_too() -> None:
    wider = Spillover(("PE-A", "PE-Cy7-A"), np.eye(2))

    (problem,) = problems(tube(), [Dimension("PE-A", "FCS")], wider)

    assert problem.startswith(
        "dimension 'PE-A': detector 'PE-Cy7-A' is not in the tube"
    )


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            np.ones((2, 2)),
            (
                "cannot be inverted: two of its detectors (PE-A, FITC-A) see the same "
                "light. Calculate it again from single stains."
            ),
        ),
        (
            np.eye(3),
            "has the shape (3, 3) for 2 detectors; expected as many rows and columns.",
        ),
        (np.array([[1.0, np.inf], [0.0, 1.0]]), "holds what is no number."),
    ],
)
def test_a_matrix_that_cannot_be_undone_is_refused(
    matrix: np.ndarray, message: str
) -> None:
    spillover = Spillover(("PE-A", "FITC-A"), matrix)

    found = problems(tube(), [Dimension("PE-A", "bad")], matrices={"bad": spillover})

    assert found == [f"matrix 'bad': {message}"]
