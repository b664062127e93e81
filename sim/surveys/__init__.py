"""Survey files as people have them: bytes, text, cells, header and rows, answers; each step says what it did."""
