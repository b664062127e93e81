"""Every analysis of one's own survey, in the order of the page. A new one is a file beside this one and a line here."""

from benchmarks.own.analysis import Analysis
from benchmarks.own.tables.collinear_items import ITEM_VIF
from benchmarks.own.tables.cross_loadings import CROSS_LOADINGS
from benchmarks.own.tables.descriptives import DESCRIPTIVES, SHARES
from benchmarks.own.tables.given import Given
from benchmarks.own.tables.heterotrait import HETEROTRAIT
from benchmarks.own.tables.importance import IMPORTANCE, ITEM_IMPORTANCE
from benchmarks.own.tables.paths import EFFECT_SIZES, PATH_DIFFERENCES
from benchmarks.own.tables.predicted import PREDICTION, PREDICTIVE_TESTS
from benchmarks.own.tables.scores import SCORES
from benchmarks.own.tables.tetrads import TETRADS

ANALYSES: tuple[Analysis[Given], ...] = (
    EFFECT_SIZES,
    PATH_DIFFERENCES,
    HETEROTRAIT,
    CROSS_LOADINGS,
    TETRADS,
    IMPORTANCE,
    ITEM_IMPORTANCE,
    PREDICTION,
    PREDICTIVE_TESTS,
    DESCRIPTIVES,
    SHARES,
    ITEM_VIF,
    SCORES,
)
