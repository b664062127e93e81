"""What remedies for a decision restore: coverage of a path, at what width of the interval, beside the rule alone."""

from reports.printing.numbers import is_known, with_error
from reports.printing.words import listed
from reports.results import Estimate, Results
from reports.study.sentences import path_in_words

#: Settings that make a method a remedy for its own decisions.
_SETTINGS = ("split", "whole_procedure")
#: A method whose limit lies no further from the truth estimates it consistently.
_NEAR = 0.005
#: Of the truth, and of what the method itself would find.
_COVERAGE = ("coverage", "coverage_of_limit")


def sentence(results: Results, path: str) -> str:
    """The coverage and width by the first method that decides, by every remedy, and which restore the coverage.

    Remedies are methods that split the sample or resample the whole procedure, and beside them those without a decision
    whose limit is the truth. Empty where a study has none of the former, or where a coverage is not known.
    """
    first, level = results.deciding[0], results.study.level
    told, truth, own = [], [], []
    for name in _remedies(results, path):
        covered, limit = (results.estimate(results.baseline_cell, name, path, what) for what in _COVERAGE)
        if is_known(covered):
            label = f"“{results.study.methods[name].label}”"
            told.append(f"by {label} in {_covered(results, name, path)}")
            truth += [label] if _enough(covered, level) else []
            own += [label] if _enough(limit, level) else []
    if not told or not is_known(results.estimate(results.baseline_cell, first, path, "coverage")):
        return ""
    return (
        f"Remedies: {path_in_words(results, path)} is covered with the rule alone in {_covered(results, first, path)}; "
        f"{listed(told)}. {level:.0%} is reached within two Monte Carlo errors for the truth by {_by(truth)}, and for "
        f"the method's own limit by {_by(own)}."
    )


def _by(labels: list[str]) -> str:
    return listed(labels) if labels else "none of these"


def _enough(coverage: Estimate | None, level: float) -> bool:
    """Whether a coverage is no further below the level than two of its Monte Carlo errors."""
    return coverage is not None and is_known(coverage) and coverage.value + 2 * coverage.mcse >= level


def _remedies(results: Results, path: str) -> list[str]:
    methods = results.study.methods
    remedies = [n for n, m in methods.items() if m.decides and any(m.settings.get(key) for key in _SETTINGS)]
    for name, method in methods.items():
        steps = [results.estimate(results.baseline_cell, name, path, step) for step in ("step_method", "step_scale")]
        values = [step.value for step in steps if step is not None and is_known(step)]
        if remedies and not method.decides and len(values) == len(steps) and abs(sum(values)) < _NEAR:
            remedies.append(name)
    return remedies


def _covered(results: Results, method: str, path: str) -> str:
    """`33.2 ± 2.9% of studies (its own limit in 91.0 ± 1.8%), at a width of 0.274 ± 0.003`."""
    coverage, own, width = (
        results.estimate(results.baseline_cell, method, path, what) for what in (*_COVERAGE, "interval_width")
    )
    told = f"{with_error(coverage, 'share')} of studies"
    if is_known(own):
        told += f" (its own limit in {with_error(own, 'share')})"
    return f"{told}, at a width of {with_error(width, 'coefficient')}" if is_known(width) else told
