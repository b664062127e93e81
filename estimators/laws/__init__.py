"""Laws that every method should obey, to be held against anyone's estimator: `check(estimator)`, `report(estimator)`.

Laws need Hypothesis and the world that methods must not see, so no method imports this package.
"""

try:
    import hypothesis  # noqa: F401
except ImportError:
    raise ImportError("the laws need Hypothesis; install it with `pip install loadstone[test]`") from None

from estimators.laws.broken import LawBroken
from estimators.laws.checking import check, report, subject_of
from estimators.laws.law import Law, World
from estimators.laws.laws import LAWS
from estimators.laws.parametrize import parametrize
from estimators.laws.report import Report, Row
from estimators.laws.subject import Breach, Claims, NotTested, Subject, claims_written

__all__ = [
    "LAWS", "Breach", "Claims", "Law", "LawBroken", "NotTested", "Report", "Row", "Subject", "World", "check",
    "claims_written", "parametrize", "report", "subject_of",
]  # fmt: skip
