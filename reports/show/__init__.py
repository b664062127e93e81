"""The report of `loadstone show`."""
