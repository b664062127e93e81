"""The command on laws: what every method should obey, held against one."""

from typing import Annotated

import typer

from reports.commands.output import console


def hold_laws(
    estimator: Annotated[
        str, typer.Argument(help="a method that `loadstone list` shows, or `module:Class` of the current folder")
    ],
    only: Annotated[list[str] | None, typer.Option(help="a law by its name; may be repeated")] = None,
    without: Annotated[list[str] | None, typer.Option(help="a law to leave out; may be repeated")] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option(help="what the method claims, such as consistent, raw_units or tolerance=1e-4; may be repeated"),
    ] = None,
    examples: Annotated[
        int | None, typer.Option(help="surveys for each law (default: 8, or 3 of a method that claims to be costly)")
    ] = None,
    seed: Annotated[int, typer.Option(help="another seed draws other surveys")] = 0,
) -> None:
    """Hold the laws that every method should obey against an estimator; exit code 1 where one is broken."""
    from estimators import laws
    from estimators.laws.report import one_line

    found = laws.report(
        estimator, only=only, without=without or (), examples=examples, seed=seed,
        progress=lambda row: console.print(one_line(row), highlight=False, soft_wrap=True, markup=False),
        **laws.claims_written(claim or ()),
    )  # fmt: skip
    for row in found.rows:
        if row.broken is not None:
            console.print(f"\n{row.broken}", highlight=False, soft_wrap=True, markup=False)
    counts = {"held": len(found.held), "broken": len(found.broken), "not tested": len(found.left_out)}
    told = ", ".join(f"{number} {word}" for word, number in counts.items())
    console.print(f"\n{estimator}: {told}; {found.examples} surveys a law, {found.seconds:.0f} s", highlight=False)
    if found.broken:
        raise typer.Exit(1)
