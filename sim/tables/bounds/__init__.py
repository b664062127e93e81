"""What printed values allow: bounds within blocks and of the structure, and whether all can hold at once."""
