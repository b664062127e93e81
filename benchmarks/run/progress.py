"""Progress: a line that says how far, how fast and how long still, in a terminal or in a log."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

#: Seconds between lines where the output is no terminal.
LOG_EVERY = 10.0


class Tracker:
    """Counts finished replications. Time left comes from the work done in this run, so a resumed run is honest.

    `work` weighs replications by their cost, so that cells of large n count for what they take. what: of which the
    total is, where it is not the whole.
    """

    def __init__(self, total: int, done: int, work_left: float, console: Console, what: str = "replications") -> None:
        self.total, self.done, self.new, self.what = total, done, 0, what
        self.work_left, self.work_done = work_left, 0.0
        self.console, self.started, self.last_line = console, time.monotonic(), 0.0
        columns = (BarColumn(bar_width=None), TextColumn("{task.description}"))
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self.task = self.bar.add_task(self.text(), total=total, completed=done)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def advance(self, replications: int, work: float) -> None:
        """Count a finished block."""
        self.done += replications
        self.new += replications
        self.work_done += work
        self.bar.update(self.task, completed=self.done, description=self.text())
        now = time.monotonic()
        if not self.console.is_terminal and (now - self.last_line > LOG_EVERY or self.done == self.total):
            self.last_line = now
            self.console.print(self.text(), soft_wrap=True, highlight=False)

    def text(self) -> str:
        """`1,024 of 4,000 replications, 310/s, 0:10 left`."""
        counted = f"{self.done:,} of {self.total:,} {self.what}"
        elapsed = time.monotonic() - self.started
        if self.done == self.total:
            return f"{counted}, {clock(elapsed)} in this run"
        if not self.new:
            return f"{counted}, starting"
        left = elapsed * (self.work_left - self.work_done) / self.work_done
        return f"{counted}, {self.new / elapsed:,.0f}/s, {clock(left)} left"


class Steps:
    """Says which step of long work is under way: one line that changes in a terminal, a line now and then in a log."""

    def __init__(self, console: Console, first: str) -> None:
        self.console, self.last_line = console, time.monotonic()
        self.status = console.status(first) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self.status:
            self.status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status:
            self.status.stop()

    def tell(self, text: str) -> None:
        """Hear which step begins."""
        if self.status:
            self.status.update(text)
        elif time.monotonic() - self.last_line > LOG_EVERY:
            self.last_line = time.monotonic()
            self.console.print(text, soft_wrap=True, highlight=False)


class Parts:
    """Says how many of several like parts of long work are done, and how long the rest will take."""

    def __init__(self, steps: Steps, now: Callable[[], float] = time.monotonic) -> None:
        self.steps, self.now, self.first = steps, now, (0, now())

    def tell(self, done: int, of: int) -> None:
        """Hear that so many parts are done. The first one also compiles loops and is not counted in the pace."""
        if self.first[0] == 0:
            self.first = (done, self.now())
        pace = (self.now() - self.first[1]) / (done - self.first[0]) if done > self.first[0] else 0.0
        left = f", {clock((of - done) * pace)} left" if pace and done < of else ""
        self.steps.tell(f"{done} of {of} parts done{left}")


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
