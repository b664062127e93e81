"""The cells of a study: populations, sizes and factor levels, and which of their combinations there are."""
