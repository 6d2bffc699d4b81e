"""Write the methods paragraph of a run, from what the run recorded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cytoflow_blina.mrd.status import DENOMINATOR_WORDS
from cytoflow_blina.report.collect import Row, RunTables, text

_COUNTING = {
    "bead": (
        "Cells per microlitre were counted against beads of known number: events of "
        "the population divided by bead events, times beads per tube, divided by the "
        "volume of blood."
    ),
    "volumetric": (
        "Cells per microlitre were counted by volume: events of the population "
        "divided by the volume acquired, times the dilution of the blood."
    ),
    "dual": (
        "Cells per microlitre were counted on two platforms: white cells and "
        "lymphocytes in percent of them from the haematology analyser, times the "
        "population in percent of lymphocytes from the cytometer."
    ),
    "none": "For samples without a count method, percentages alone are reported.",
}

_INTERVALS = (
    "Every count carries a two-sided 95 % interval that joins the exact Poisson "
    "(Garwood) limits of the cells counted with the errors of beads, pipetting, volume "
    "or analyser on the logarithmic scale; where no event was seen, the upper limit is "
    "printed in place of the count. A percentage of an empty parent is missing, not 0."
)

_COMPARED = {
    "paired": "Paired samples were compared",
    "change": "Changes of two groups were compared",
    "groups": "Values of two groups were compared",
    "table": "Shares of groups were compared",
    "visits": "Visits were compared",
    "survival": "Survival of groups was compared",
    "model": "Predictors were asked together",
}
_ODDS_RATIO = "odds ratio, conditional maximum likelihood"

_SOURCES = {
    "fitted": "found in the tube",
    "template": "taken from the template as they stand there",
    "borrowed": "borrowed from another tube",
    "manual": "set by a person",
}


def methods_paragraph(tables: RunTables) -> str:
    """Write how the numbers came about, ready to be pasted into a paper.

    Parameters
    ----------
    tables : RunTables
        The tables of the run. What was not recorded is not mentioned.

    Returns
    -------
    str
        Whole sentences; only about what this run did.
    """
    sentences = [_software(tables.provenance), *_gating(tables), *_marrow(tables)]
    methods = dict.fromkeys(text(row, "count_method") for row in tables.counts)
    sentences += [_COUNTING[method] for method in methods if method in _COUNTING]
    if set(methods) & (set(_COUNTING) - {"none"}):
        sentences.append(_INTERVALS)
    sentences += _comparison(tables.comparisons)
    return " ".join(sentences)


def _software(provenance: Mapping[str, Any]) -> str:
    software = provenance.get("software")
    versions = software if isinstance(software, dict) else {}
    own = versions.get("cytoflow-blina", "")
    others = [
        f"{label} {versions[name]}"
        for name, label in (
            ("python", "Python"),
            ("flowkit", "FlowKit"),
            ("numpy", "NumPy"),
            ("scipy", "SciPy"),
        )
        if name in versions
    ]
    with_others = f" ({', '.join(others)})" if others else ""
    return (
        "FCS files were read, gated and counted with "
        f"{' '.join(filter(None, ('cytoflow-blina', str(own))))}{with_others}."
    )


def _gating(tables: RunTables) -> Iterable[str]:
    templates = _documents(tables.provenance, "template")
    if templates:
        yield f"Gating followed the template {_listed(templates)}."
    sources = Counter(text(row, "gate_source") for row in tables.populations)
    total = sum(sources.values())
    shares = [
        f"{sources[source]:,} {words}"
        for source, words in _SOURCES.items()
        if sources[source]
    ]
    if shares:
        yield (
            f"Of {total:,} gates, {_listed(shares)}; each was written as Gating-ML "
            "2.0, and populations were counted by applying that file."
        )


def _documents(provenance: Mapping[str, Any], kind: str) -> list[str]:
    """Name the documents of one kind, each with its version."""
    documents = provenance.get("documents")
    return [
        f"{one.get('name', '')} {one.get('version', '')}".strip()
        for one in (documents if isinstance(documents, list) else [])
        if isinstance(one, dict) and one.get("kind") == kind
    ]


def _marrow(tables: RunTables) -> Iterable[str]:
    """Say how MRD was found and judged; nothing where no marrow was judged."""
    judged = [row for row in tables.mrd if text(row, "lod_events")]
    if not judged:
        return
    if all(text(row, "gate_source") == "manual" for row in judged):
        how = "gated by a person among cells of B lineage"
    else:
        references = _documents(tables.provenance, "normal reference")
        normal = f" ({_listed(references)})" if references else ""
        how = f"sought among cells of B lineage as clusters unlike normal ones{normal}"
    yield (
        f"Measurable residual disease (MRD) was {how}, and is given in percent of "
        f"{_listed(_denominators(judged))} with an exact (Garwood) 95 % interval."
    )
    rules = _documents(tables.provenance, "rules of MRD")
    by_rules = f" by the rules {_listed(rules)}" if rules else ""
    conventions = dict.fromkeys(
        f"{text(row, 'lod_events')} and {text(row, 'lloq_events')} events"
        f" ({text(row, 'profile')})"
        for row in judged
    )
    has_blanks = any(text(row, "lod_source") == "blank" for row in judged)
    or_blanks = ", or what blank samples show where that is more" if has_blanks else ""
    yield (
        "Its limits of detection and quantification are "
        f"{_listed(conventions)}{by_rules}{or_blanks}."
    )


def _denominators(rows: Iterable[Row]) -> dict[str, None]:
    """List what is 100 % in words, each once."""
    codes = dict.fromkeys(text(row, "denominator") for row in rows)
    return {DENOMINATOR_WORDS.get(code, code): None for code in codes}


def _comparison(comparisons: tuple[Row, ...]) -> Iterable[str]:
    by_test: dict[tuple[str, str], list[Row]] = {}
    for row in comparisons:
        if text(row, "test"):
            by_test.setdefault((text(row, "kind"), text(row, "test")), []).append(row)
    for (kind, test), rows in by_test.items():
        details = [
            f"{label}: {' or '.join(words)}"
            for label, column in (
                ("P value", "method"),
                ("zero differences", "zero_rule"),
                ("effect", "effect_kind"),
            )
            if (words := _wordings(rows, column))
        ]
        in_brackets = f" ({'; '.join(details)})" if details else ""
        yield f"{_COMPARED.get(kind, _COMPARED['paired'])}: {test}{in_brackets}."
    adjusted = {
        text(row, "adjustment"): None for row in comparisons if text(row, "adjustment")
    }
    families = {
        text(row, "family"): None
        for row in comparisons
        if text(row, "family") and text(row, "adjustment")
    }
    if adjusted and families:
        yield (
            f"P values were adjusted by the method of {_listed(adjusted)} within each "
            f"family of outcomes ({_listed(families)}); all tests are two-sided."
        )


def _wordings(rows: Iterable[Row], column: str) -> list[str]:
    """List what a column says, without what holds of single rows alone."""
    said = []
    for row in rows:
        words = text(row, column)
        if column == "effect_kind" and text(row, "kind") == "table":
            words = words and _ODDS_RATIO
        if column == "method":
            words = words.removeprefix(text(row, "test")).removeprefix("; ")
            words = re.sub(r"(?:; )?\d+ subjects$", "", words)
        if words and not words.startswith("not defined"):
            said.append(words)
    return list(dict.fromkeys(said))


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
