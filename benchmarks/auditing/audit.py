"""The audit of a paper: its table checked, the populations that fit it under two priors, and every answer over them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.auditing import alike
from benchmarks.auditing.alike import Share, share_of
from benchmarks.auditing.answers import Answers, Key, answers_of
from benchmarks.auditing.hanging import Hangs, Open, hanging, left_open
from benchmarks.auditing.prior import PRIORS, Prior
from benchmarks.auditing.procedure import Procedure
from benchmarks.auditing.ranges import Range, range_of
from benchmarks.auditing.search import Effort, Fitting, search
from sim.batch import Floats
from sim.errors import InputError
from sim.streams import Address, content_key
from sim.tables.bounds.consistency import Finding, check
from sim.tables.bounds.papercheck import check_paper
from sim.tables.reading.table import Table, read

#: Under so many effective populations the ends of ranges are not to be trusted.
FEW = 60
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Under:
    """What is found under one prior: the populations that fit, those that were run, and every answer over them.

    rows, weights: of the populations run, out of those that fit. shares: answers that are shares of weight.
    """

    fitting: Fitting
    rows: np.ndarray
    weights: Floats
    answers: Answers
    ranges: Mapping[Key, Range]
    shares: Mapping[Key, Share]
    open: tuple[Open, ...]
    hangs: tuple[Hangs, ...]

    @property
    def prior(self) -> Prior:
        """The prior."""
        return self.fitting.prior

    @property
    def is_thin(self) -> bool:
        """Whether too few populations carry the weight."""
        return self.fitting.effective < FEW


@dataclass(frozen=True)
class Told:
    """An answer under every prior, the reference first: None where there is none. low, high: the range over all."""

    key: Key
    under: tuple[Range | None, ...]

    @property
    def middle(self) -> Range:
        """Under the reference prior, or the first that has an answer."""
        return next(each for each in self.under if each is not None)

    def spanned(self, inner: bool = False) -> tuple[float, float] | None:
        """The range over all priors: from the lowest end to the highest; of 80 % of the weight with `inner`."""
        ends = [each.inner if inner else each.outer for each in self.under if each is not None]
        return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None


@dataclass(frozen=True)
class Audit:
    """The whole audit. findings: every check of the table, then of the paper's tests and text."""

    name: str
    procedure: Procedure
    findings: tuple[Finding, ...]
    under: tuple[Under, ...]
    effort: Effort
    seed: int

    @property
    def table(self) -> Table:
        """The paper's table."""
        return self.procedure.table

    def told(self, kind: str, about: str = "") -> Told | None:
        """The answer to one question; None where no prior has it."""
        found = Told(Key(kind, about), tuple(each.ranges.get(Key(kind, about)) for each in self.under))
        return found if any(found.under) else None

    def share(self, kind: str, about: str = "") -> tuple[Share, ...]:
        """A share under every prior, the reference first; empty where there is none."""
        found = [each.shares.get(Key(kind, about)) for each in self.under]
        return tuple(each for each in found if each is not None) if all(found) else ()


def audit(
    path: Path, effort: Effort, seed: int, workers: int, tell: Progress = lambda _: None, name: str | None = None
) -> Audit:
    """The audit of a table file. Raises InputError where the file is wrong or says too little, and where none fits."""
    table = read(path)
    return audit_table(table, name or path.stem, effort, seed, workers, tell)


def audit_table(
    table: Table, name: str, effort: Effort, seed: int, workers: int, tell: Progress = lambda _: None,
    priors: tuple[Prior, ...] = PRIORS,
) -> Audit:  # fmt: skip
    """The audit of a table. Raises InputError as `audit` does."""
    if workers < 1:
        raise InputError(f"--workers is {workers}; give at least 1")
    if seed < 0:
        raise InputError(f"--seed is {seed}; give 0 or more")
    procedure = Procedure.of(table, effort.resamples)
    findings = (*check(table), *check_paper(table))
    content = repr((
        table.model.syntax, table.method, table.n, table.points, table.lowest_answer, table.rule, table.correlations,
        table.htmt, table.paths, table.paper, list(table.reported.values()),
    ))  # fmt: skip
    under = []
    for prior in priors:
        address = Address(seed, content_key({"audit": content, "prior": prior.name}))
        under.append(_under(procedure, prior, effort, address, workers, tell))
    return Audit(name, procedure, findings, tuple(under), effort, seed)


def _under(procedure: Procedure, prior: Prior, effort: Effort, address: Address, workers: int, tell: Progress) -> Under:
    fitting = search(procedure, prior, effort, address, workers, tell)
    rows, weights = fitting.resampled(effort.populations, address.generator("resampled", 0))
    order = address.generator("resampled", 1).permutation(len(rows))  # the first ones stand for all
    rows, weights = rows[order], weights[order]
    many = fitting.many.rows(rows)
    answers = answers_of(procedure, many, effort, address, workers, tell)
    tell(f"{prior.name} prior: other methods on surveys like the paper's ...")
    shares = alike.otherwise(procedure, fitting, rows, weights, address) if effort.aside else {}
    for key in [key for key in answers if key.kind == "larger in truth"]:
        shares[key] = share_of(answers.pop(key).value > 0.5, weights)
    for target in procedure.paths:
        true = answers[Key("truth", target.name)].value
        shares[Key("path is 0", target.name)] = share_of(true == 0, weights)
        shares[Key("path is positive", target.name)] = share_of(true > 0, weights)
    ranges = {
        key: found
        for key, values in answers.items()
        if (found := range_of(values, weights, fitting.effective)) is not None
    }
    for key, values in alike.without_dropping(procedure, fitting).items():
        found = range_of(values, fitting.weights, fitting.effective)
        if found is not None:
            ranges[key] = found
    return Under(
        fitting, rows, weights, answers, ranges, shares, left_open(fitting, procedure.table),
        hanging(answers, fitting, rows, weights, procedure.table),
    )  # fmt: skip
