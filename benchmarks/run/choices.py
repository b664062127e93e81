"""Which study is to be computed, and by whom, as the command line says it."""

import re
from dataclasses import dataclass

from benchmarks.run.capacity import MOST_WORKERS
from benchmarks.run.processes import Processes
from benchmarks.run.workers import Threads, Workers, available
from benchmarks.study.study import Study, load, with_replications
from sim.errors import InputError, counted

#: Shares that one study may be divided into.
MOST_SHARES = 100_000


@dataclass(frozen=True)
class Chosen:
    """Workers with how many there are here and in words, and which share of the blocks they compute (None: all)."""

    workers: Workers
    number: int
    words: str
    share: tuple[int, int] | None


def chosen(
    workers: int | None, processes: int | None, scheduler: str | None, limit: float | None, shard: str | None
) -> Chosen:
    """What the options mean. Raises InputError for options out of range or that do not go together."""
    given = {"--workers": workers, "--processes": processes, "--scheduler": scheduler}
    together = [name for name, value in given.items() if value is not None]
    if len(together) > 1:
        raise InputError(f"{' and '.join(together)} do not go together; give one of them")
    for name, number in (("--workers", workers), ("--processes", processes)):
        if number is not None and not 1 <= number <= MOST_WORKERS:
            raise InputError(f"{name} is {number}; give at least 1 and at most {MOST_WORKERS}")
    if limit is not None and not 0 < limit < float("inf"):
        raise InputError(f"--time-limit is {limit:g}; give seconds, a number above 0")
    if limit is not None and processes is None:
        raise InputError("--time-limit needs --processes: a thread that never returns cannot be ended")
    share = share_of(shard)
    if scheduler is not None:
        try:
            from benchmarks.run.cluster import Cluster
        except ImportError:
            raise InputError(
                '--scheduler needs Dask: pip install "loadstone[cluster]" here and on the workers'
            ) from None
        return Chosen(Cluster(scheduler), 1, f"the workers of {scheduler}", share)
    if processes is not None:
        by = Processes(processes, float("inf") if limit is None else limit)
        words = f"{processes} process" + ("es" if processes > 1 else "")
        return Chosen(by, processes, words, share)
    number = workers or available()
    return Chosen(Threads(number), number, counted(number, "worker"), share)


def asked(study: str, quick: bool, allow_code: bool, replications: int | None = None) -> Study:
    """The study that a name or a path means; code that its file names is run only where that is allowed.

    Raises InputError for mistakes in the study file and for a number of replications that cannot be.
    """
    loaded = load(study, quick, code="run" if allow_code else "refuse")
    return loaded if replications is None else with_replications(loaded, replications)


def share_of(text: str | None) -> tuple[int, int] | None:
    """(3, 20) of `3/20`. Raises InputError."""
    if text is None:
        return None
    matched = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if matched is None or not 1 <= int(matched[1]) <= int(matched[2]) <= MOST_SHARES:
        raise InputError(f"--shard is {text}; give a share and their number, such as 3/20 (at most {MOST_SHARES:,})")
    return int(matched[1]), int(matched[2])


def folder_name(study: Study, chosen: Chosen) -> str:
    """The folder of a study's results, or of a share of them."""
    share = chosen.share
    return study.name if share is None else f"{study.name}-shard-{share[0]}-of-{share[1]}"
