"""The list of wrappers: what may be put around a method, in the order in which it is put there."""

from estimators.prediction.wrapper import Predicted
from estimators.products.wrapper import Products
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.finite import FiniteCorrection
from estimators.wrappers.handled import Handled
from estimators.wrappers.hypotheses.bollenstine import BollenStine
from estimators.wrappers.hypotheses.fit_test import FitTest
from estimators.wrappers.hypotheses.group_test import GroupTest
from estimators.wrappers.hypotheses.invariance import Invariance
from estimators.wrappers.jackknife import Jackknife
from estimators.wrappers.recast import Recast
from estimators.wrappers.screening import Screening
from estimators.wrappers.second_order import TwoStage
from estimators.wrappers.split import SplitSteps
from estimators.wrappers.steps import Steps
from estimators.wrappers.wrapper import Wrapper

#: The one list of wrappers, the innermost first. A new one is a new file in this folder and a line here.
WRAPPERS: tuple[type[Wrapper], ...] = (
    Products,
    Recast,
    TwoStage,
    Jackknife,
    Bootstrap,
    FiniteCorrection,
    BollenStine,
    FitTest,
    GroupTest,
    Invariance,
    Predicted,
    Screening,
    Steps,
    SplitSteps,
    Handled,
)
