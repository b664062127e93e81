"""What a paper's printed numbers and dropped items leave possible, and what its procedure would do there."""
