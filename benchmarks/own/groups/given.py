"""What a comparison of groups is given: once for every method that its `refusal` lets through.

The front door puts a column `method` before the others, and the rows of all methods below each other.
"""

from dataclasses import dataclass

from estimators.base import Estimates
from estimators.methods import Method
from sim.model import Model
from sim.surveys.groups import Grouped
from sim.targets import Target


@dataclass(frozen=True)
class Given:
    """What an analysis is given: the survey in groups, and what one method says of all respondents and of each group.

    survey.groups[k].batch is the batch (R = 1) of group k, survey.pooled.batch that of all, whose respondents belong to
    the groups `survey.members`. targets: what pooled and groups hold estimates of, with the method's own inference or
    a bootstrap's; resamples: permutations or resamples to draw, from a stream at `survey.pooled.batch.address`, by a
    purpose of the analysis's own; level: of intervals. written: the model with what it says of each group (`c(a, b)*`),
    which `model` leaves out.
    """

    survey: Grouped
    model: Model
    method: Method
    targets: tuple[Target, ...]
    pooled: Estimates
    groups: tuple[Estimates, ...]
    resamples: int
    level: float
    written: Model
