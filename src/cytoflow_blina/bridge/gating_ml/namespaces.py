"""Name the vocabularies of Gating-ML 2.0."""

_GATING_ML = "http://www.isac-net.org/std/Gating-ML/v2.0"

NAMESPACES = {
    "gating": f"{_GATING_ML}/gating",
    "data-type": f"{_GATING_ML}/datatypes",
    "transforms": f"{_GATING_ML}/transformations",
}

# Each stands before a tag or attribute: f"{GATING}id".
GATING, DATA, TRANSFORMS = (f"{{{uri}}}" for uri in NAMESPACES.values())
