"""The folders of `sim` in the order in which they may import each other: those before them, and files of their own.

The empty name stands for the files directly in `sim`.
"""

SIM_ORDER = (
    "kernels",
    "",
    "distributions",
    "answers",
    "structures",
    "population",
    "implied",
    "drawing",
    "solving",
    "tables",
    "themes",
    "worlds",
    "catalogue",
)
