"""`parametrize`: one test of pytest for each law and estimator."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estimators.laws.broken import LawBroken
from estimators.laws.checking import Given, chosen_laws, report
from estimators.laws.law import Law


@dataclass(frozen=True)
class Case:
    """A law to be held against the estimator that it is called with."""

    name: str
    options: Mapping[str, Any]

    def __call__(self, estimator: Given) -> None:
        """Hold the law. Raises LawBroken; skips, visibly, where there was nothing to hold it on."""
        import pytest

        row = report(estimator, only=[self.name], **self.options).rows[0]
        if row.broken is not None:
            raise row.broken from row.broken.breach.__cause__
        if row.outcome == "not tested":
            pytest.skip(row.reason)


def parametrize(
    estimators: Sequence[Given],
    *,
    expected_to_break: Mapping[str, str] | Callable[[Given], Mapping[str, str]] | None = None,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
    own: Sequence[Law] = (),
    **options: Any,
) -> Any:
    """A mark for a test function of `estimator` and `law`, which calls `law(estimator)`: one test a law.

    `expected_to_break` maps names of laws to reasons, or is a function that gives such a mapping for an estimator; such
    a test must fail (a strict xfail). Other options are those of `laws.report`.
    """
    import pytest

    cases = []
    for estimator in estimators:
        expected = expected_to_break(estimator) if callable(expected_to_break) else expected_to_break or {}
        for law in chosen_laws(only, without, own, expected):
            marks = []
            if law.name in expected:
                marks = [pytest.mark.xfail(reason=expected[law.name], strict=True, raises=LawBroken)]
            case = Case(law.name, {"own": own, **options})
            cases.append(pytest.param(estimator, case, marks=marks, id=f"{_short(estimator)}-{law.name}"))
    return pytest.mark.parametrize(("estimator", "law"), cases)


def _short(estimator: Given) -> str:
    if isinstance(estimator, str):
        return estimator
    return estimator.__name__ if isinstance(estimator, type) else str(estimator)
