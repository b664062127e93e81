"""Adapters: methods that were not written for Loadstone, one data frame at a time or in another language."""

from estimators.adapters.command import from_command
from estimators.adapters.oneatatime import one_at_a_time
from estimators.adapters.sklearn import from_sklearn

__all__ = ["from_command", "from_sklearn", "one_at_a_time"]
