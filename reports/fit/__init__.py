"""The report of `loadstone fit`."""
