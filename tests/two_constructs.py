"""A population of two constructs and six items, and ways in which its respondents answer."""

from dataclasses import replace

from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.model import Model
from sim.population.record import Population

FIVE = (0.07, 0.17, 0.30, 0.30, 0.16)
#: Two constructs, a negative loading and correlated errors; answers lean to agreement.
MODEL = Model.parse("F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F")
VALUES = {
    "F=~x1": 0.8, "F=~x2": 0.7, "F=~x3": -0.6, "G=~y1": 0.9, "G=~y2": 0.75, "G=~y3": 0.5, "G~F": 0.5, "x1~~y1": 0.1,
}  # fmt: skip
CONTINUOUS = Population.of(MODEL, VALUES)
LIKERT = replace(CONTINUOUS, scale=Scale.from_shares(FIVE, 6))
WORDED = ("x2", "y3")
WAYS = {
    "reversed": Responses(reversed=WORDED),
    "acquiescence": Responses(reversed=WORDED, acquiescence=0.15),
    "common method": Responses(reversed=WORDED, common_method=0.2),
    "straightlining": Responses(reversed=WORDED, straightlining=0.1),
    "careless": Responses(careless=0.15),
    "extreme": Responses(reversed=WORDED, extreme=0.3),
    "midpoint": Responses(reversed=WORDED, midpoint=0.3),
    "single informant": Responses(single_informant=0.3, informant_halo=0.4),
    "all at once": Responses(
        reversed=WORDED,
        acquiescence=0.1,
        common_method=0.05,
        straightlining=0.05,
        careless=0.1,
        extreme=0.15,
        midpoint=0.2,
        single_informant=0.2,
        informant_halo=0.5,
    ),
}
