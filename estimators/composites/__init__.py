"""Methods that weight items into composites: PLS and its relatives, GSCA, sums, components."""
