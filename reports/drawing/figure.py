"""Figures: plots over plain rows with what they say in words, and drawings that stand as they are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

#: One mark: its numbers, and these in words for the tooltip.
Row = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """One plot of a figure: title, rows over all populations and sizes, and what makes the specification over them.

    With `one_size`, the plot shows one number of respondents at a time; with `whole`, the populations of its rows at
    once, whichever is chosen. A `wide` one takes the whole width of the page.
    """

    title: str
    rows: list[Row]
    draw: Callable[[], dict[str, Any]]
    one_size: bool = False
    whole: bool = False
    wide: bool = False

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification."""
        return self.draw()


@dataclass(frozen=True)
class Figure:
    """Plots that belong together, with what they say in words."""

    name: str
    title: str
    caption: str
    alt: str
    panels: list[Panel]

    @property
    def by_size(self) -> bool:
        """Whether the reader chooses a number of respondents."""
        return any(panel.one_size for panel in self.panels)

    @property
    def wide(self) -> bool:
        """Whether its plots stand below each other, each as wide as the page."""
        return any(panel.wide for panel in self.panels)


@dataclass(frozen=True)
class Drawing:
    """A figure as it stands on a page: its SVG wide and narrow, and what it says in words."""

    name: str
    title: str
    caption: str
    alt: str
    wide: str
    narrow: str
