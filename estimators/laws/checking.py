"""`check` and `report`: hold every law against an estimator, and say in plain words which one does not hold."""

import time
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import Flaky, Unsatisfiable
from threadpoolctl import ThreadpoolController

from estimators.base import Estimator
from estimators.catalogue import find, missing_methods
from estimators.entry import Entry
from estimators.laws.broken import LawBroken, smallest
from estimators.laws.law import Law, Surveys, World
from estimators.laws.laws import LAWS
from estimators.laws.report import Report, Row
from estimators.laws.strategies import CLEAR_STRUCTURES, PRODUCTS, SEEDS, SHAPES, STRUCTURES, models
from estimators.laws.subject import Breach, Claims, NotTested, Subject, Tally, random_states_kept
from estimators.laws.worlds import Survey
from sim.errors import InputError, unknown
from sim.model import Model

#: Surveys for each law by default, and of a method that is costly or has a large matrix to invert in every data set.
EXAMPLES, FEWER = 8, 3
#: What may be given as an estimator.
Given = Estimator | type[Estimator] | Entry | str


def check(estimator: Given, **options: Any) -> Report:
    """Hold the laws against an estimator, its class (with default settings), its catalogue entry or its name.

    Takes what `report` takes. Raises LawBroken, an AssertionError, on the first law that does not hold and was not
    expected to break, and AssertionError on one that holds although it was expected to break; else gives the report.
    """
    return _held(estimator, raising=True, **options)


def report(estimator: Given, **options: Any) -> Report:
    """Hold all laws against an estimator and tell what became of each, raising nothing for a broken one.

    A name may be what a study file may name, `package.module:Class` of the current folder included. Claims (fields of
    `Claims`, such as `consistent=True`) that are not given are those of its entry, or none. `only` and `without` choose
    laws by name; `own` are further laws; `expected_to_break` maps names of laws to the reason why they do not hold.
    `examples` is the number of surveys a law is held against (default: 8, or 3 where `costly` or `large` is claimed;
    with a Hypothesis profile loaded, its `max_examples`); `models` replaces the models of the surveys (needed where the
    method refuses all of those). The same `seed` gives the same surveys. With `shrink` a survey that breaks a law is
    made as small as it can be before it is told. `progress` is called with each row.
    """
    return _held(estimator, raising=False, **options)


def _held(
    estimator: Given,
    *,
    raising: bool,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
    own: Sequence[Law] = (),
    expected_to_break: Mapping[str, str] | None = None,
    examples: int | None = None,
    models: Sequence[Model] | None = None,
    seed: int = 0,
    shrink: bool = True,
    progress: Callable[[Row], None] | None = None,
    **claims: Any,
) -> Report:
    subject = subject_of(estimator, **claims)
    chosen = chosen_laws(only, without, own, expected_to_break)
    world = world_of(subject, models)
    number, limiter = examples or default_examples(subject), ThreadpoolController()
    rows = []
    for law in chosen:
        each = number if examples else max(number, law.least)
        line = _again(estimator, subject, {"examples": each, "seed": seed, **claims})
        # As in a study's workers: more threads wait for each other on such small matrices.
        with limiter.limit(limits=1):
            row = hold_law(law, subject, world, each, seed, shrink, line)
        expected = (expected_to_break or {}).get(law.name)
        if expected is not None and row.outcome == "broken":
            row = replace(row, outcome="expected", reason=expected)
        elif expected is not None and row.outcome == "held":
            told = f"it holds, though it was expected to break ({expected}); take it off the list"
            row = replace(row, outcome="broken", reason=told)
        rows.append(row)
        if progress:
            progress(row)
        if raising and row.outcome == "broken":
            if row.broken is not None:
                raise row.broken from row.broken.breach.__cause__
            raise AssertionError(f"{subject.estimator}: the law {law.name}: {row.reason}")
    return Report(str(subject.estimator), tuple(rows), number)


def chosen_laws(
    only: Collection[str] | None,
    without: Collection[str],
    own: Sequence[Law] = (),
    expected: Mapping[str, str] | None = None,
) -> list[Law]:
    """The laws to be held, in their order. Raises InputError for a name that no law has."""
    every = [*LAWS, *own]
    names = [law.name for law in every]
    for name in [*(only or ()), *without, *(expected or ())]:
        if name not in names:
            raise InputError(unknown("law", name, names))
    if len(set(names)) < len(names):
        raise InputError(f"two laws are called {max(names, key=names.count)}; give your own laws names of their own")
    return [law for law in every if law.name not in without and (only is None or law.name in only)]


def subject_of(given: Given, **claims: Any) -> Subject:
    """The method itself, and what it claims."""
    known = [field.name for field in fields(Claims)]
    for name in claims:
        if name not in known:
            raise InputError(unknown("option", name, [*known, "only", "without", "examples", "models", "seed"]))
    claimed = {name: value for name, value in claims.items() if value is not None}
    entry = find(given, Path.cwd()) if isinstance(given, str) else given
    if isinstance(entry, Entry):
        adapted: Estimator = entry.estimator()
        claims_made = replace(Claims.of_entry(entry), costly=Claims.of(adapted).costly)
        return Subject(adapted, replace(claims_made, **claimed))
    missing = missing_methods(entry)
    if missing:
        raise InputError(f"{given!r} {missing}")
    method: Estimator = entry() if isinstance(entry, type) else entry
    return Subject(method, replace(Claims.of(method), **claimed))


def world_of(subject: Subject, given: Sequence[Model] | None) -> World:
    """The models that the method accepts, of the given ones or of the laws' own."""
    refusal = subject.estimator.refusal

    def refuses(model: Model) -> str | None:
        try:
            return refusal(model)
        except Exception:  # told by the law of structures; here the model is left out
            return "refusal fails"

    def accepted(structures: Sequence[Model]) -> list[Model]:
        found = [model for model in structures if refuses(model) is None]
        if not found:
            raise InputError(
                f"{subject.estimator} refuses every model of the laws ({refuses(structures[0])}); "
                "give models=[...] that it accepts"
            )
        return found

    ordinal, at = subject.claims.ordinal, subject.claims.calibrated_at
    if given is not None:
        chosen = st.sampled_from(accepted(given))
        return World(chosen, chosen, tuple(given), ordinal, at, refuses)
    drawn = st.sampled_from(accepted(STRUCTURES)) | models().filter(lambda model: refuses(model) is None)
    clear = st.sampled_from(accepted(CLEAR_STRUCTURES))
    shapes = tuple(SHAPES.values())
    curved = [model for model in PRODUCTS if getattr(subject.estimator, "fits_products", False) and not refuses(model)]
    if not curved:
        return World(drawn, clear, shapes, ordinal, at, refuses)
    # A law that is held against few surveys meets products in most of them.
    with_products = st.sampled_from(curved)
    return World(with_products | drawn, with_products | clear, (*curved, *shapes), ordinal, at, refuses, curved[0])


def default_examples(subject: Subject) -> int:
    """Surveys for each law: Hypothesis' profile where one is loaded, else fewer for a method that takes long."""
    if hypothesis.settings.get_current_profile_name() not in ("default", "ci"):
        return hypothesis.settings().max_examples
    return FEWER if subject.claims.costly or subject.claims.large else EXAMPLES


def _again(given: Given, subject: Subject, options: Mapping[str, Any]) -> Callable[[Law], str]:
    """What to write to see a law broken again."""

    def line(law: Law) -> str:
        if isinstance(given, str):
            chosen = {
                name: value for name, value in options.items() if name not in ("examples", "seed") and value is not None
            }
            claims = "".join(
                f" --claim {name}" + ("" if value is True else f"={value}") for name, value in chosen.items()
            )
            numbers = f" --examples {options['examples']} --seed {options['seed']}"
            return f"loadstone laws {given} --only {law.name}{claims}{numbers}"
        written = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f'laws.check({subject.estimator}, only=["{law.name}"], {written})'

    return line


def hold_law(
    law: Law, subject: Subject, world: World, examples: int, seed: int, shrink: bool, again: Callable[[Law], str]
) -> Row:
    """Hold one law: its row, broken or not."""
    begun, tally = time.process_time(), Tally()
    watched = replace(subject, tally=tally)
    reason = law.waived(subject.claims)
    outcome, told = "not tested", None
    if reason is None:
        try:
            reason = _surveyed(law, watched, world, examples, seed, shrink, again)
            if not reason and not law.of_failures and tally.usable == 0:
                reason = "no data set could be used"
            outcome = "not tested" if reason else "held"
        except LawBroken as broken:
            outcome, told, reason = "broken", broken, str(broken.breach)
    return Row(
        law.name, outcome, reason or "", tally.data_sets, tally.usable, time.process_time() - begun, law.waiver, told  # type: ignore[arg-type]
    )  # fmt: skip


def _surveyed(
    law: Law, subject: Subject, world: World, examples: int, seed: int, shrink: bool, again: Callable[[Law], str]
) -> str:
    """Hold one law on surveys. Gives the reason where no survey suits it, else nothing. Raises LawBroken."""
    given = law.surveys(world)
    strategies = list(given) if isinstance(given, Sequence) else [given]
    number = min(examples, law.most or examples)
    reasons: list[str] = []
    held = 0
    for place, strategy in enumerate(strategies):
        each = max(1, number // len(strategies)) if len(strategies) > 1 else number
        held += _drawn(law, strategy, subject, each, f"{law.name} {seed} {place or ''}", seed, shrink, again, reasons)
    return "" if held or not reasons else reasons[-1]


def _drawn(
    law: Law, surveys: Surveys, subject: Subject, examples: int, key: str, seed: int, shrink: bool,
    again: Callable[[Law], str], reasons: list[str],
) -> int:  # fmt: skip
    """Hold one law on surveys of one strategy; gives how many could tell, and adds the reasons of those that not."""
    last: list[tuple[Survey, int, Breach]] = []
    told = 0

    def one(survey: Survey, chosen: int) -> None:
        nonlocal told
        try:
            law.hold(subject.anew(chosen), survey.apart, np.random.default_rng(chosen))
            told += 1
        except NotTested as reason:
            reasons.append(str(reason))
        except Breach as breach:
            last.append((survey, chosen, breach))
            raise

    def holds(survey: Survey, chosen: int) -> None:  # short, as Hypothesis reads and cleans its text for every law
        one(survey, chosen)

    # The surveys of a database belong to a law and a method.
    holds._hypothesis_internal_add_digest = f"{law.name} {subject.estimator}".encode()  # type: ignore[attr-defined]
    seeded = hypothesis.seed(zlib.crc32(key.encode()))(holds)
    run = hypothesis.given(survey=surveys, chosen=SEEDS)(_settings(examples, shrink)(seeded))
    try:
        with random_states_kept():
            run()
    except Unsatisfiable:
        reasons.append("no model that the method accepts has what the law needs")
    except (Breach, Flaky, ExceptionGroup):
        if not last:
            raise
        survey, chosen, breach = last[-1]
        if shrink:
            survey, breach = smallest(law, subject, survey, chosen, breach)
        raise LawBroken(law, str(subject.estimator), survey, seed, breach, again(law)) from breach.__cause__
    return told


def _settings(examples: int, shrink: bool) -> hypothesis.settings:
    """No deadline and, unless a profile is loaded, no stored surveys: the same surveys everywhere, at any speed."""
    profile = hypothesis.settings()
    ours = hypothesis.settings.get_current_profile_name() in ("default", "ci")
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None if ours else profile.database,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        phases=[
            *([] if ours else [hypothesis.Phase.reuse]), hypothesis.Phase.generate,
            *([hypothesis.Phase.shrink] if shrink else []),
        ],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
