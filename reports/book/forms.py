"""The forms that a report is written in, beside the page with its tables and figures."""

from collections.abc import Callable, Sequence

from reports.book.kinds import kind_of
from reports.printing.typeset import Table
from reports.protocol import tex, word
from reports.results import Results
from sim.errors import InputError, unknown

#: Tables of the results that stand behind the protocol.
_SHOWN = ("comparison", "published", "screening", "claims", "truth", "statuses", "denominators", "hanging")
#: By the name of the form, the file's name and what makes its content.
FORMS: dict[str, tuple[str, Callable[[Results, list[Table]], bytes]]] = {
    "docx": ("report.docx", word.document),
    "tex": ("report.tex", lambda results, made: tex.document(results, made).encode("utf-8", "replace")),
}
HTML = "html"


def wanted(text: str) -> tuple[str, ...]:
    """The forms that `html,docx,tex` names. Raises InputError for one that there is not."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in (HTML, *FORMS):
            raise InputError(f"--format: {unknown('form', name, [HTML, *FORMS])}")
    if not names:
        raise InputError(f"--format is empty; give some of {', '.join([HTML, *FORMS])}, by commas")
    return tuple(dict.fromkeys(names))


def files(results: Results, forms: Sequence[str]) -> dict[str, bytes]:
    """Contents by file name of the forms beside the page."""
    chosen = [FORMS[form] for form in forms if form in FORMS]
    if not chosen:
        return {}
    by_name = {table.name: table for table in kind_of(results).tables(results)}
    made = [by_name[name] for name in _SHOWN if name in by_name]
    return {name: make(results, made) for name, make in chosen}
