"""Hardware and run time in words."""

from reports.printing.words import listed
from reports.results import Results
from sim.errors import counted


def sentences(results: Results) -> list[str]:
    """One sentence for each kind of machine that computed blocks; none where nothing was recorded."""
    by_machine: dict[tuple[object, ...], list[tuple[int, float]]] = {}
    for run in results.runs:
        key = tuple(run.get(name, "") for name in ("processor", "processors", "memory", "system", "workers"))
        by_machine.setdefault(key, []).append((int(run.get("replications", 0)), float(run.get("seconds", 0.0))))
    return [_sentence(key, done) for key, done in by_machine.items()]


def _sentence(key: tuple[object, ...], done: list[tuple[int, float]]) -> str:
    processor, processors, memory, system, workers = key
    told = [str(processor), counted(_whole(processors), "processor")]
    if size := _whole(memory):
        told.append(f"{size / 2**30:.0f} GiB of memory")
    told.append(str(system))
    replications, seconds = (sum(each) for each in zip(*done, strict=True))
    return (
        f"{int(replications):,} replications over all cells in {_time(seconds)} on {listed(told)}, with "
        f"{counted(_whole(workers), 'worker')}."
    )


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _time(seconds: float) -> str:
    """`48 seconds`, `12 minutes`, `3.4 hours`."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
