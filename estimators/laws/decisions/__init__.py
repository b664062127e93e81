"""Laws that every rule of researchers should obey: `check(rule)`, `report(rule)`."""

from estimators.laws.decisions.checking import RuleBroken, check, report
from estimators.laws.decisions.laws import RULE_LAWS, RuleLaw

__all__ = ["RULE_LAWS", "RuleBroken", "RuleLaw", "check", "report"]
