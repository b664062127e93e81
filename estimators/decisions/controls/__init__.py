"""Rules that others are held against: nothing, chance, and the truth."""
