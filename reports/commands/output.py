"""What the commands print: the terminal that they share, and lines that several of them end with."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

#: What a terminal obeys instead of showing it, but for line ends and tabs.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Screen(Console):
    """A console whose texts give the terminal no commands: the name of a column may hold anything."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, without the control characters of its texts; rich's own commands are no texts."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=_COMMANDS.sub("", segment.text))


console = Screen(emoji=False, markup=False)


def tell_written(paths: Iterable[Path]) -> None:
    """A line for each file that was written."""
    for path in paths:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def write_report(folder: Path, named: Path | None = None, forms: Sequence[str] = ("html",)) -> None:
    """Write the report of results; `named` is the folder in the user's words, `forms` what is written."""
    import reports
    from benchmarks.run.progress import Steps
    from reports.book.forms import FORMS

    with Steps(console, "writing the report ...") as steps:
        path = reports.write(folder, forms, steps.tell)
    console.print(f"report: {(named or folder) / path.name}", highlight=False, soft_wrap=True)
    tell_written((named or folder) / FORMS[form][0] for form in forms if form in FORMS)
