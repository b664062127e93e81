"""Methods that measure first and relate constructs then: factor scores, SAM, disattenuated sums."""
