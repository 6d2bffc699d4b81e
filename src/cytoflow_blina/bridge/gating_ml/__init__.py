"""Exchange gating strategies as Gating-ML 2.0 documents.

The documents are checked with the schema that FlowKit ships and, in the tests, read
and applied by FlowKit. They are read and written here rather than by FlowKit, because
FlowKit 1.3.2

- places a quadrant at half its only limit, which is on the wrong side of it where the
  limit is zero or negative;
- writes a matrix without fluorochrome names as a document that its own schema refuses;
- cannot write trees in which a name occurs twice, nor limits on a ratio that are open
  at one end;
- ignores `matrix-inverted-already`, the bounds of a transformation, and a complement
  that is written as `1`;
- takes 1.4 s to import.
"""

from cytoflow_blina.bridge.gating_ml.document import read_gating_ml, write_gating_ml

__all__ = ["read_gating_ml", "write_gating_ml"]
