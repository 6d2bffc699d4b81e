"""Gate clinical flow-cytometry tubes, count their cells and compare the visits.

For research use only. Not for use in diagnostic procedures.
"""

from importlib.metadata import version

__version__ = version("cytoflow-blina")
