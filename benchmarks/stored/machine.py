"""On what machine a study was computed, and how long it took: run.json beside the results, which no number rests on."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from benchmarks.files import write_whole

NAME = "run.json"


def facts() -> dict[str, Any]:
    """Processor, processors that may be used, memory in bytes (0 where the system does not say), system."""
    return {
        "processor": _processor(),
        "processors": _usable(),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
    }


def _processor() -> str:
    """The processor's name; its kind where the system does not say more."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _usable() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0


def read(folder: Path) -> list[dict[str, Any]]:
    """What was recorded of the runs of a folder; none where nothing is there that can be read."""
    try:
        told: Any = json.loads((folder / NAME).read_bytes())
        runs = told["runs"]
        return [run for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def record(folder: Path, workers: int, replications: int, seconds: float) -> None:
    """Add one run: so many replications (over all cells) computed in so many seconds."""
    run = {**facts(), "workers": workers, "replications": replications, "seconds": round(seconds, 1)}
    runs = [*read(folder), run]
    write_whole({folder / NAME: json.dumps({"runs": runs}, indent=1).encode()}, folder)
