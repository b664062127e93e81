"""Every comparison of groups, in the order of the page. A new one is a file beside this one and a line here."""

from benchmarks.own.groups.analysis import Analysis
from benchmarks.own.groups.estimates import ESTIMATES
from benchmarks.own.groups.invariance import INVARIANCE, MEANS

ANALYSES: tuple[Analysis, ...] = (ESTIMATES, INVARIANCE, MEANS)
