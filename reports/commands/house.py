"""The commands on the installation: is it sound, and the loops compiled at once."""

import typer

from reports.commands.output import console


def doctor() -> None:
    """Show versions, cores and compiled loops, and try in seconds whether all works; exit code 1 where it does not."""
    from benchmarks.doctor import checks, installation
    from reports.drawing.check import FIGURES

    parts = {"Versions": installation.versions(), "Extras": installation.extras(), "Machine": installation.machine()}
    for heading, rows in parts.items():
        console.print(heading, style="bold")
        for name, told in rows.items():
            console.print(f"  {name:18} {told}", highlight=False, soft_wrap=True)
    loops = installation.loops()
    console.print("Compiled loops", style="bold")
    console.print(
        f"  {loops.kept} of {loops.known} are compiled, in {', '.join(map(str, loops.folders))}", soft_wrap=True
    )
    if loops.kept < loops.known:
        console.print("  the others will be when they are first used, or by `loadstone compile`", highlight=False)
    console.print("Self-test", style="bold")
    wrong = 0
    for check in (*checks.CHECKS, FIGURES):
        (outcome,) = checks.run((check,))
        wrong += bool(outcome.wrong)
        console.print(
            f"  {'FAILS' if outcome.wrong else 'ok':6} {check.name}, {outcome.seconds:.1f} s", highlight=False
        )
        if outcome.wrong:
            console.print(
                f"         {outcome.wrong}\n         what to do: {check.advice}", highlight=False, soft_wrap=True
            )
    console.print("All is well." if not wrong else f"{wrong} of {len(checks.CHECKS) + 1} fail.", highlight=False)
    if wrong:
        raise typer.Exit(1)


def compile_loops() -> None:
    """Compile the numerical loops now, once after installation; the first run does it otherwise."""
    from benchmarks.own.compilation import compile_all
    from benchmarks.run.progress import Steps

    with Steps(console, "compiling ...") as steps:
        compile_all(steps.tell)
