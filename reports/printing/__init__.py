"""How anything is printed: numbers, words, tables, pages, terminal."""
