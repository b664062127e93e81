"""A folder of results that proves what it holds: one writer, a mark, checksums, and blocks that say whose they are."""
