"""Check that the parts of a gating template fit each other and the panel."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.template import (
    BooleanShape,
    EllipsoidShape,
    GatingTemplate,
    PolygonShape,
    RectangleShape,
    TemplateGate,
    Threshold,
    TubeTemplate,
)
from cytoflow_blina.errors import GatingError, Problem, did_you_mean
from cytoflow_blina.gates.check_mrd import mrd_problems
from cytoflow_blina.gates.fit.method import KnownMethod

SCALES = ("scatter", "fluorescence")


def check_template(
    template: GatingTemplate,
    panel: Panel,
    known_methods: Mapping[str, KnownMethod],
    *,
    where: str = "",
) -> None:
    """Check a template against its panel, and against itself.

    Parameters
    ----------
    template : GatingTemplate
        The template.
    panel : Panel
        The panel whose tubes it gates.
    known_methods : mapping of str to KnownMethod
        What `method` may name, what each finds, and which settings it reads.
    where : str, optional
        The document's file name; the template's name where it is not given.

    Raises
    ------
    GatingError
        With every problem: another panel's template, a tube that one of the two
        lacks, markers that the panel lacks, paths that are unknown, double or stand
        above their parent, thresholds that are unknown, double, unused or found too
        late, unknown methods, methods that find something else, unknown settings, and
        what `check_mrd.mrd_problems` finds.
    """
    name = where or template.name
    problems = list(_template_problems(template, panel, name))
    for number, tube in enumerate(template.tubes):
        if tube.tube in {tube.id for tube in panel.tubes}:
            place = f"{name}: tube[{number}]"
            markers = panel.tube(tube.tube).markers
            check = _TubeCheck(tube, panel.name, markers, place)
            problems += check.problems(known_methods)
            problems += mrd_problems(tube, panel.tube(tube.tube), place)
    if problems:
        raise GatingError(*problems)


def _template_problems(
    template: GatingTemplate, panel: Panel, name: str
) -> Iterator[Problem]:
    """Compare the panel that is named, and the tubes."""
    if template.panel != panel.name:
        yield Problem(
            name,
            f"is written for panel {template.panel!r}, not for {panel.name!r}; choose "
            "the template that belongs to the panel.",
        )
    panel_ids = [tube.id for tube in panel.tubes]
    ids = [tube.tube for tube in template.tubes]
    for number, tube_id in enumerate(ids):
        place = f"{name}: tube[{number}]"
        if tube_id not in panel_ids:
            yield Problem(
                place,
                f"panel {panel.name!r} has no tube {tube_id!r}; it has "
                f"{_listed(panel_ids)}.{did_you_mean(tube_id, panel_ids)}",
            )
        elif tube_id in ids[:number]:
            yield Problem(place, f"tube {tube_id!r} stands twice; remove one.")
    for tube_id in panel_ids:
        if tube_id not in ids:
            yield Problem(
                name, f"tube {tube_id!r} of panel {panel.name!r} has no gates; add it."
            )


def _listed(words: Collection[str]) -> str:
    """Write words for a sentence, quoted, with commas."""
    return ", ".join(repr(word) for word in words) if words else "none"


@dataclass(frozen=True)
class _TubeCheck:
    """What the checks of one tube share: its names, and its place in the document."""

    tube: TubeTemplate
    panel: str
    markers: tuple[str, ...]
    place: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the gates, in the order of the document."""
        return tuple(gate.path for gate in self.tube.gates)

    @property
    def thresholds(self) -> tuple[str, ...]:
        """Ids of the thresholds, in the order of the document."""
        return tuple(threshold.id for threshold in self.tube.thresholds)

    def problems(self, known_methods: Mapping[str, KnownMethod]) -> Iterator[Problem]:
        """Find every problem of the tube, in the order of the document."""
        yield from self._scale_problems()
        yield from self._threshold_problems(known_methods)
        for number, gate in enumerate(self.tube.gates):
            yield from self._gate_problems(number, gate, known_methods)
        yield from self._population_problems()

    def _marker_problem(self, where: str, subject: str, marker: str) -> list[Problem]:
        """Find a marker that the panel's tube lacks."""
        if marker in self.markers:
            return []
        return [
            Problem(
                where,
                f"{subject} uses marker {marker!r}; panel {self.panel!r} has "
                f"{', '.join(self.markers)}.{did_you_mean(marker, self.markers)}",
            )
        ]

    def _path_problem(
        self, where: str, subject: str, path: str, earlier: int | None = None
    ) -> list[Problem]:
        """Find a path that no gate has, or no gate above the one at `earlier`."""
        usable = self.paths if earlier is None else self.paths[:earlier]
        if path in usable:
            return []
        if path in self.paths:
            message = f"stands above {path!r}, which it needs. Move {path!r} up."
        else:
            message = f"refers to {path!r}, which is no gate of this tube."
            message += did_you_mean(path, usable)
        return [Problem(where, f"{subject} {message}")]

    def _method_problems(
        self,
        where: str,
        item: Threshold | TemplateGate,
        known: Mapping[str, KnownMethod],
    ) -> Iterator[Problem]:
        """Find a method that does not exist or fit, and settings that it ignores."""
        name = item.id if isinstance(item, Threshold) else item.path
        if not item.method:
            if item.settings:
                message = f"{name!r} has settings, but names no method; name one."
                yield Problem(where, message)
            return
        method = known.get(item.method)
        if method is None:
            message = f"{name!r} names method {item.method!r}; known are "
            message += f"{', '.join(sorted(known))}.{did_you_mean(item.method, known)}"
            yield Problem(where, message)
            return
        kind = _kind_of(item)
        if method.finds != kind:
            message = f"{name!r} is a {kind}, and method {item.method!r} finds a "
            fitting = sorted(one for one in known if known[one].finds == kind)
            message += f"{method.finds}; choose {' or '.join(fitting) or 'none'}."
            yield Problem(where, message)
        settings = method.settings if _has_place(item) else method.unguided
        if settings is None:
            message = f"{name!r} does not say where it lies, and method "
            message += f"{item.method!r} needs a place to start from; give it one."
            yield Problem(where, message)
            return
        for setting in sorted(set(item.settings) - settings):
            message = f"{name!r} gives setting {setting!r}; method {item.method!r} has "
            message += f"{', '.join(sorted(settings))}"
            message += "." if _has_place(item) else " where no place is given."
            message += did_you_mean(setting, settings)
            yield Problem(where, message)

    def _scale_problems(self) -> Iterator[Problem]:
        """Find scales that are missing, or of a marker that is not there."""
        for kind in SCALES:
            if kind not in self.tube.scales:
                yield Problem(
                    f"{self.place}.scales", f"has no scale for {kind}; add it."
                )
        for name in self.tube.scales:
            if name not in SCALES:
                yield from self._marker_problem(f"{self.place}.scales", "a scale", name)

    def _threshold_problems(
        self, known_methods: Mapping[str, KnownMethod]
    ) -> Iterator[Problem]:
        """Find thresholds that are double, unused, or found on nothing."""
        used = {
            threshold
            for gate in self.tube.gates
            for _, threshold in _named_bounds(gate)
        }
        for number, threshold in enumerate(self.tube.thresholds):
            where = f"{self.place}.threshold[{number}]"
            subject = repr(threshold.id)
            if threshold.id in self.thresholds[:number]:
                yield Problem(where, f"{subject} is defined twice; remove one.")
            elif threshold.id not in used:
                yield Problem(where, f"{subject} is used by no gate; remove it.")
            yield from self._marker_problem(where, subject, threshold.marker)
            yield from self._method_problems(where, threshold, known_methods)
            for path in _populations_of(threshold):
                yield from self._path_problem(where, subject, path)

    def _gate_problems(
        self, number: int, gate: TemplateGate, known_methods: Mapping[str, KnownMethod]
    ) -> Iterator[Problem]:
        """Find what is wrong with one gate."""
        where = f"{self.place}.gate[{number}]"
        subject = repr(gate.path)
        if gate.path in self.paths[:number]:
            yield Problem(where, f"{subject} is defined twice; remove one.")
        if gate.parent:
            yield from self._path_problem(where, subject, gate.parent, number)
        yield from self._method_problems(where, gate, known_methods)
        for marker in (*_markers(gate), *gate.back_gate):
            yield from self._marker_problem(where, subject, marker)
        yield from self._hint_problems(where, gate, known_methods)
        for marker, threshold in _named_bounds(gate):
            yield from self._bound_problems(number, gate, marker, threshold)
        if isinstance(gate.shape, BooleanShape):
            for path in gate.shape.operands:
                yield from self._path_problem(where, subject, path, number)

    def _hint_problems(
        self, where: str, gate: TemplateGate, known: Mapping[str, KnownMethod]
    ) -> Iterator[Problem]:
        """Find hints to the fit that nothing reads, or that point nowhere."""
        subject = repr(gate.path)
        method = known.get(gate.method)
        if gate.back_gate and not (method and method.back_gates):
            able = ", ".join(sorted(one for one in known if known[one].back_gates))
            message = f"{subject} gives back_gate; methods that use it are {able}."
            yield Problem(where, message)
        for path in gate.doublets_of:
            yield from self._path_problem(where, subject, path)
        is_positive = isinstance(gate.shape, RectangleShape) and any(
            limit.at_least is not None for limit in gate.shape.limits
        )
        if gate.dim_like_bright and not is_positive:
            message = f"{subject} has dim_like_bright, but no marker with 'at_least'."
            yield Problem(where, message)

    def _bound_problems(
        self, number: int, gate: TemplateGate, marker: str, threshold_id: str
    ) -> Iterator[Problem]:
        """Find a threshold that is unknown, another marker's, or found too late."""
        where = f"{self.place}.gate[{number}]"
        subject = repr(gate.path)
        if threshold_id not in self.thresholds:
            yield Problem(
                where,
                f"{subject} uses threshold {threshold_id!r}; there are "
                f"{_listed(self.thresholds)}."
                f"{did_you_mean(threshold_id, self.thresholds)}",
            )
            return
        threshold = self.tube.threshold(threshold_id)
        if threshold.marker != marker:
            yield Problem(
                where,
                f"{subject} cuts {marker!r} at threshold {threshold_id!r}, which is "
                f"one of {threshold.marker!r}.",
            )
        for path in _populations_of(threshold):
            if path in self.paths and path not in self.paths[:number]:
                yield Problem(
                    where,
                    f"{subject} needs threshold {threshold_id!r}, which is found on "
                    f"{path!r}, a gate that comes only later.",
                )

    def _population_problems(self) -> Iterator[Problem]:
        """Find populations that are double or made of gates that are not there."""
        names = [population.name for population in self.tube.populations]
        for number, population in enumerate(self.tube.populations):
            where = f"{self.place}.population[{number}]"
            subject = repr(population.name)
            if population.name in names[:number]:
                yield Problem(where, f"{subject} is defined twice; remove one.")
            for path in dict.fromkeys((*population.paths, population.parent)):
                yield from self._path_problem(where, subject, path)
            if len(set(population.paths)) < len(population.paths):
                yield Problem(where, f"{subject} adds a gate to itself.")
        for key in ("lymphocytes", "beads"):
            path = getattr(self.tube, key)
            if path:
                yield from self._path_problem(f"{self.place}.{key}", repr(key), path)


def _populations_of(threshold: Threshold) -> list[str]:
    """Paths on which a threshold is looked for; all events have none."""
    paths = (threshold.population, threshold.otherwise, threshold.negatives)
    return [path for path in paths if path]


def _has_place(item: Threshold | TemplateGate) -> bool:
    """Tell whether the template itself says where it lies."""
    if isinstance(item, Threshold):
        return item.at is not None
    return not isinstance(item.shape, PolygonShape) or bool(item.shape.vertices.size)


def _kind_of(item: Threshold | TemplateGate) -> str:
    """Say what a method has to find for it."""
    if isinstance(item, Threshold):
        return "threshold"
    match item.shape:
        case RectangleShape():
            return "rectangle"
        case PolygonShape():
            return "polygon"
        case EllipsoidShape():
            return "ellipsoid"
        case BooleanShape():
            return "Boolean gate"


def _named_bounds(gate: TemplateGate) -> Iterator[tuple[str, str]]:
    """Give the marker and the threshold of each limit that names one."""
    if isinstance(gate.shape, RectangleShape):
        for limits in gate.shape.limits:
            for bound in (limits.at_least, limits.below):
                if isinstance(bound, str):
                    yield limits.marker, bound


def _markers(gate: TemplateGate) -> tuple[str, ...]:
    """Every marker that a gate's shape stands on."""
    if isinstance(gate.shape, RectangleShape):
        return tuple(limits.marker for limits in gate.shape.limits)
    if isinstance(gate.shape, PolygonShape | EllipsoidShape):
        return gate.shape.markers
    return ()
