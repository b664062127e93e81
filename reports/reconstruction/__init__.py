"""The report of `loadstone reconstruct`."""
