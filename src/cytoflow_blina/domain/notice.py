"""Hold the line that every report, command and export must carry."""

RESEARCH_USE_ONLY = "For research use only. Not for use in diagnostic procedures."
