"""One's own survey on the terminal: a first look that fits a screen, then the tables."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from benchmarks.own.fits import Fits
from benchmarks.own.fitted import Row
from reports.fit import tables as fit_tables
from reports.fit.groups import group_tables, groups_in_words
from reports.fit.tables import MARK_MEANS, interval_text, p_text, value_text
from reports.fit.words import data_in_words, ending, read_in_words, remarks
from reports.printing.targets import arrow
from reports.printing.terminal import heading, print_table

#: Columns that a method's estimate, p-value and interval take side by side with other methods'.
_BLOCK = 17
#: Values that one remark names; the tables have the rest.
_NAMED = 3


def show(fits: Fits, console: Console, details: bool = True) -> None:
    """Print the first look, and the tables below it where `details`."""
    console.print(Text.assemble((fits.survey.name, "bold"), f": {data_in_words(fits)}"))
    if read := read_in_words(fits):
        console.print(Padding(Text(read), (0, 0, 0, 2)))
    console.print(_lines([(fitted.label, ending(fitted)) for fitted in fits.fitted]))
    made = {table.name: table for table in fit_tables.tables(fits)}
    if len(fits.methods) > 1 and fits.model.paths:
        heading(console, f"Paths: estimate, p and {100 * fits.level:g}% interval; explained variance")
        for methods in _beside_each_other(fits, console.width):
            console.print(_comparison(fits, methods))
    else:
        print_table(console, made.pop("paths", None))
    for name in ("fit", "distances", "ratios", "profiles"):
        print_table(console, made.pop(name, None))
    if told := remarks(fits, _NAMED):
        heading(console, "What to look at")
        console.print(_lines([(label, "; ".join(each)) for label, each in told]))
    for name in ("prediction", "predictive_ability"):  # asked for, so told in a short answer too
        print_table(console, made.pop(name, None))
    if details:
        for table in made.values():
            print_table(console, table)
        if any(table.note == MARK_MEANS for table in made.values()):
            console.print(Text(f"\n{MARK_MEANS}"))
    _show_groups(fits, console, details)


def _show_groups(fits: Fits, console: Console, details: bool) -> None:
    """The comparisons of groups, with what each answers; each group's estimates where `details`."""
    if told := groups_in_words(fits):
        heading(console, "Groups")
        for line in told:
            console.print(Padding(Text(line), (0, 0, 0, 2)))
    for table in group_tables(fits):
        if table.name == "group-estimates" and not details:
            continue
        print_table(console, table)
        console.print(Padding(Text(table.note), (0, 0, 0, 2)))


def _lines(pairs: Sequence[tuple[str, str]]) -> Padding:
    """A method and what is said of it in each line."""
    grid = Grid.grid(padding=(0, 2, 0, 0))
    longest = max((cell_len(word) for label, _ in pairs for word in label.split()), default=0)
    grid.add_column(max_width=max(24, min(longest, 40)))
    grid.add_column()
    for label, text in pairs:
        grid.add_row(Text(label), Text(text))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _beside_each_other(fits: Fits, width: int) -> list[tuple[str, ...]]:
    """The methods in groups of as many as fit the width."""
    names = [arrow(row.target) for row in fits.rows if row.target.kind in ("path", "product")]
    taken = max(map(cell_len, [*names, *(f"R² of {construct}" for construct in fits.model.endogenous)]), default=0) + 4
    parts: list[tuple[str, ...]] = [()]
    used = taken
    for method in fits.methods:
        block = max(_BLOCK, *(cell_len(word) + 2 for word in method.split()))
        if used + block > width and parts[-1]:
            parts.append(())
            used = taken
        parts[-1] = (*parts[-1], method)
        used += block
    return parts


def _comparison(fits: Fits, methods: Sequence[str]) -> Padding:
    """Paths and explained variances, a block of columns for each method."""
    grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column("")
    for method in methods:
        grid.add_column(Text(method), min_width=_BLOCK - 2)
    for target in fit_tables.path_targets(fits.model):
        found = [fits.by_name.get((method, target.name)) for method in methods]
        grid.add_row(arrow(target), *(_block(row) for row in found))
    for construct in fits.model.endogenous:
        found = [fits.by_name.get((method, f"r2({construct})")) for method in methods]
        grid.add_row(f"R² of {construct}", *(Text(value_text(row) or "") for row in found))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _block(row: Row | None) -> Text:
    """`0.454  p 0.012` above `[0.213, 0.631]`."""
    if row is None:
        return Text("")
    p, within = p_text(row.p_value, row.least_p), interval_text(row)
    p_words = "" if p is None else f"  p {p}"
    return Text(f"{value_text(row)}{p_words}" + (f"\n{within}" if within else ""))
