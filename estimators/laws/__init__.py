"""Laws that every method should obey, to be held against anyone's estimator: `check(estimator)`.

Laws need Hypothesis and the world that methods must not see, so no method imports this package.
"""

try:
    import hypothesis  # noqa: F401
except ImportError:
    raise ImportError("the laws need Hypothesis; install it with `pip install loadstone[test]`") from None

from estimators.laws.checking import LAWS, Law, LawBroken, Report, check
from estimators.laws.subject import Claims

__all__ = ["LAWS", "Claims", "Law", "LawBroken", "Report", "check"]
