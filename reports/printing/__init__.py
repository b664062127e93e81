"""How anything is printed: numbers, tables, panels, colours, pages, terminal."""
