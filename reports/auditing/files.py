"""An audit as files: a page, a Word file, every number, and the studies behind them."""

from pathlib import Path

from benchmarks.auditing import studyfile
from benchmarks.auditing.audit import Audit
from benchmarks.files import write_folder
from reports.auditing import basis, words
from reports.auditing import tables as audit_tables
from reports.printing import pages
from reports.protocol import word
from reports.protocol.parts import Code, Part, Points, Section, Text
from sim.errors import InputError

_KICKER = "The audit of a paper"


def write(audit: Audit, folder: Path) -> list[Path]:
    """Write audit.html, audit.docx, audit.csv, and the folder `study` that `loadstone run` takes: all or none.

    Raises InputError where they cannot be written. Without python-docx there is no Word file.
    """
    contents: dict[str, str | bytes] = {"audit.html": page(audit), "audit.csv": audit_tables.as_csv(audit)}
    if (document := _document(audit)) is not None:
        contents["audit.docx"] = document
    contents |= {f"study/{name}": text for name, text in studyfile.files(audit).items()}
    return write_folder(folder, contents)


def _title(audit: Audit) -> str:
    return f"{audit.table.title or audit.name}: what {audit.table.n:,} respondents could show"


def page(audit: Audit) -> str:
    """The page of an audit: one HTML file that needs nothing else."""
    made = audit_tables.tables(audit)
    return (
        pages.environment()
        .get_template("auditing.html.j2")
        .render(
            kicker=_KICKER,
            title=_title(audit),
            lead=words.lead(audit),
            verdict=words.verdict(audit),
            conclusion=words.conclusion(audit),
            cautions=basis.cautions(audit),
            failed=audit_tables.contradictions(audit),
            notes=audit.table.form.notes,
            undetermined=basis.undetermined(audit),
            method=basis.method(audit),
            tables={table.name: table for table in made},
            source=audit.table.source,
            model=audit.table.model.syntax,
            css=pages.text("report.css", "fit.css", "planning.css"),
        )
    )


def _document(audit: Audit) -> bytes | None:
    """The Word file, or None where python-docx is not installed."""
    try:
        return word.written(_title(audit), f"{words.lead(audit)}.", _sections(audit), audit.table.source)
    except InputError:
        return None


def _sections(audit: Audit) -> list[Section]:
    made = {table.name: table for table in audit_tables.tables(audit)}

    def points(texts: list[str]) -> tuple[Part, ...]:
        return (Points(tuple(("", text) for text in texts)),) if texts else ()

    found = [
        Section("Do the printed numbers hold together?", points([words.verdict(audit)])),
        *(Section(heading, points(told)) for heading, told in words.conclusion(audit)),
        Section("Where this audit is weak", points(basis.cautions(audit))),
        Section("What does not hold together", points([*audit_tables.contradictions(audit), *audit.table.form.notes])),
        Section("Every answer", tuple(made[name] for name in ("answers", "shares") if name in made)),
        Section(
            "What the paper does not determine",
            (*points(basis.undetermined(audit)), *([made["open"]] if "open" in made else [])),
        ),
        Section("How the answers were found", tuple(Text(text) for text in basis.method(audit))),
        Section("The checks", (*([made["checks"]] if "checks" in made else []), Code(audit.table.model.syntax))),
    ]
    return [section for section in found if section.parts]
