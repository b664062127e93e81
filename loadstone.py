"""The front door: the `loadstone` command, and what `import loadstone` gives (docs/python.md).

import loadstone as ls
study = ls.Study(ls.population("crm-clusters"), n=72, methods=["pls", "ml"], replications=200)
study.run().measures
"""

import contextlib
import errno
import importlib
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from reports.commands import auditing, files, house, laws, planning, results, study, survey, world
from sim.errors import InputError

if TYPE_CHECKING:  # for editors; nothing stands above this file, so that nothing can hide here
    from benchmarks.own.fitting import fit_survey as fit_survey
    from reports.python.fitting import Fits as Fits
    from reports.python.fitting import fit as fit
    from reports.python.invariance import invariance as invariance
    from reports.python.population import Answers as Answers
    from reports.python.population import Population as Population
    from reports.python.population import draw as draw
    from reports.python.population import population as population
    from reports.python.results import Results as Results
    from reports.python.study import Study as Study

#: What the system says where the output has no place to go: a full disk, a closed pipe, a full quota.
_NO_OUTPUT = (errno.ENOSPC, errno.EPIPE, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))
#: Characters of a message; a longer one, which quotes what was given at length, loses its middle.
_LONGEST = 6_000
#: Every command, in the order of `loadstone --help`. A new one is a function in reports/commands/ and a line here.
COMMANDS: dict[str, Callable[..., None]] = {
    "list": world.list_all,
    "run": study.run,
    "merge": study.merge,
    "verify": study.verify,
    "show": world.show,
    "themes": world.estimate_themes,
    "reconstruct": world.reconstruct,
    "compile": house.compile_loops,
    "report": study.report,
    "compare": results.compare,
    "pack": results.pack,
    "replay": study.replay,
    "fit": survey.fit,
    "look": survey.look,
    "study-from": survey.study_from,
    "plan": planning.plan,
    "advise": planning.advise,
    "audit": auditing.audit,
    "laws": laws.hold_laws,
    "new": files.new,
    "schema": files.schema,
    "doctor": house.doctor,
}

#: What `import loadstone` gives, by the module that it is in: all of it takes seconds to import, so that is done late.
PUBLIC = {
    "population": "reports.python.population",
    "draw": "reports.python.population",
    "fit": "reports.python.fitting",
    "Study": "reports.python.study",
    "Population": "reports.python.population",
    "Answers": "reports.python.population",
    "Fits": "reports.python.fitting",
    "invariance": "reports.python.invariance",
    "Results": "reports.python.results",
    "fit_survey": "benchmarks.own.fitting",
}

app = typer.Typer(
    help="Settle, with evidence, what a statistical procedure is worth on a small survey.\n\n"
    "Start with: loadstone run crm-clusters --quick",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from benchmarks.study.program import program_version

        typer.echo(f"loadstone {program_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    """The options of every command."""


for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


def __getattr__(name: str) -> Any:
    """What stands in PUBLIC, imported when it is asked for."""
    if name in PUBLIC:
        return getattr(importlib.import_module(PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names: what an editor or a notebook proposes."""
    return sorted({*PUBLIC, "InputError", "main"})


def main() -> None:
    """Run the command; wrong input ends with one message and exit code 2, Ctrl-C with exit code 130."""
    try:
        app()
        sys.stdout.flush()
    except InputError as error:
        _say(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        _say("stopped")
        sys.exit(130)
    except SystemExit as end:  # typer makes one of Ctrl-C, and says nothing
        if end.code == 130:
            _say("stopped")
        raise
    except OSError as error:
        if error.errno not in _NO_OUTPUT:
            raise
        _leave_output()
        if error.errno != errno.EPIPE:
            _say(f"the output cannot be written ({error.strerror}); give it a place with room")
        sys.exit(2)


def _say(text: str) -> None:
    """One message on the error stream, control characters as their codes."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 4 :]}"
    shown = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    with contextlib.suppress(OSError):
        Console(stderr=True, emoji=False).print(
            f"loadstone: {shown}", style="bold red", highlight=False, markup=False, soft_wrap=True
        )


def _leave_output() -> None:
    """Give up what could not be written, so that the interpreter does not try it again at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
