"""Products of constructs in a fitted model: moderation and squares, by products of scores or of items."""
