"""The commands that help in writing files: a new one, and the schemas that editors check them by."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from reports.commands.output import console, tell_written

Kind = Literal["study", "population", "table"]


def new(
    kind: Annotated[Kind, typer.Argument(help="what is written")],
    name: Annotated[str, typer.Argument(help="its name, and that of its file")],
    like: Annotated[str | None, typer.Option(help="one of the catalogue to start from")] = None,
    out: Annotated[Path, typer.Option("--out", help="folder for the file and its schema")] = Path(),
) -> None:
    """Write a commented file that runs as it is, and the schema by which editors complete and check it."""
    from benchmarks.newfiles import writing

    written = writing.write(kind, name, like, out)
    tell_written(written)
    console.print(f"next: {writing.NEXT[kind].format(written[0])}", highlight=False, soft_wrap=True)


def schema(
    kind: Annotated[Kind | None, typer.Argument(help="the kind of file; without one, all are written")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="folder for the schemas (default: the current one)")] = None,
) -> None:
    """Write the JSON Schema of study, population and table files; of one kind and without --out, print it."""
    from benchmarks.files import write_folder
    from benchmarks.newfiles import schemas, writing

    if kind is not None and out is None:
        typer.echo(schemas.text(kind), nl=False)
        return
    kinds = [kind] if kind else list(schemas.FORMS)
    texts = {writing.schema_name(each): schemas.text(each) for each in kinds}
    tell_written(write_folder(out or Path(), texts))
