"""Every comparison of groups, in the order of the page. A new one is a file beside this one and a line here."""

from benchmarks.own.groups.analysis import Analysis
from benchmarks.own.groups.estimates import ESTIMATES

ANALYSES: tuple[Analysis, ...] = (ESTIMATES,)
