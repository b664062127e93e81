"""Every comparison of groups, in the order of the page. A new one is a file beside this one and a line here."""

from benchmarks.own.analysis import Analysis
from benchmarks.own.groups.differences import DIFFERENCES
from benchmarks.own.groups.distances import DISTANCES
from benchmarks.own.groups.estimates import ESTIMATES
from benchmarks.own.groups.given import Given
from benchmarks.own.groups.invariance import INVARIANCE, MEANS
from benchmarks.own.groups.micom import MICOM

ANALYSES: tuple[Analysis[Given], ...] = (
    MICOM,
    DIFFERENCES,
    DISTANCES,
    ESTIMATES,
    INVARIANCE,
    MEANS,
)
