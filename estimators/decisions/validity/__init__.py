"""Rules that drop items for discriminant validity, and from formative blocks."""
