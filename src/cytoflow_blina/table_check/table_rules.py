"""List every rule that a printed table is checked by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cytoflow_blina.table_check.count_rules import (
    counts_within_n,
    percents_of_counts,
    percents_without_counts,
    rows_that_are_any_of_others,
    sizes_of_groups,
    stated_sizes,
    sums_of_groups,
    sums_of_levels,
)
from cytoflow_blina.table_check.p_value_rules import (
    p_of_blocks,
    p_of_repeats,
    p_of_rows,
    p_printed_twice,
    p_within_range,
)
from cytoflow_blina.table_check.range_rules import (
    medians_of_all,
    medians_within_ranges,
    parts_within_wholes,
    ranges_of_all,
)
from cytoflow_blina.table_check.repeat_rules import (
    counts_repeated,
    medians_repeated,
    percents_of_repeats,
    percents_repeated,
)
from cytoflow_blina.table_check.survival_rules import (
    errors_of_rates,
    events_told,
    p_of_nested_comparisons,
    p_of_one_comparison,
    rates_printed_twice,
)
from cytoflow_blina.table_check.table_counts import Check
from cytoflow_blina.table_check.table_model import PrintedTable

Rule = Callable[[PrintedTable], Iterator[Check]]

RULES: Mapping[str, Rule] = {
    rule.__name__: rule
    for rule in (
        sizes_of_groups,
        stated_sizes,
        counts_within_n,
        percents_of_counts,
        percents_without_counts,
        sums_of_groups,
        sums_of_levels,
        rows_that_are_any_of_others,
        p_within_range,
        p_of_rows,
        p_of_blocks,
        p_of_repeats,
        p_printed_twice,
        counts_repeated,
        percents_repeated,
        medians_repeated,
        percents_of_repeats,
        medians_within_ranges,
        medians_of_all,
        ranges_of_all,
        parts_within_wholes,
        rates_printed_twice,
        errors_of_rates,
        events_told,
        p_of_nested_comparisons,
        p_of_one_comparison,
    )
}
"""Every rule by its name, in the order of their findings."""
