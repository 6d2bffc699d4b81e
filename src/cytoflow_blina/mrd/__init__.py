"""Find residual leukaemia in marrow, and say what was found without overstating it."""
