"""What a claim of saturation is worth: how much is known when it is made, and how often it is right."""

from benchmarks.measures.basis.formulas import Measured, mean, rate
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import ALL, USABLE, Claim

#: A claim is right where at least this share of all themes was found; by the measure's name.
RIGHT = {"right_80": 0.80, "right_90": 0.90, "right_95": 0.95, "right_all": 1.0}


def _right(name: str, header: str, meaning: str) -> Measure:
    def measured(sample: Claim) -> Measured:
        return rate(sample.known >= RIGHT[name] - 1e-12)

    return Measure(name, header, "share", meaning, of=Claim, function=measured, over=(USABLE, ALL), rate=True)


KNOWN_AT_CLAIM = Measure(
    "known_at_claim", "known", "share", "mean share of all themes that is known when saturation is claimed",
    of=Claim, function=lambda sample: mean(sample.known), over=(USABLE,), rate=True,
)  # fmt: skip
CLAIMED_AFTER = Measure(
    "claimed_after", "after", "count", "mean number of interviews after which saturation is claimed",
    of=Claim, function=lambda sample: mean(sample.after), over=(USABLE,),
)  # fmt: skip
RIGHT_80 = _right("right_80", "right: 80%", "share of the claims at which 80% of all themes or more are known")
RIGHT_90 = _right("right_90", "right: 90%", "share of the claims at which 90% of all themes or more are known")
RIGHT_95 = _right("right_95", "right: 95%", "share of the claims at which 95% of all themes or more are known")
RIGHT_ALL = _right("right_all", "right: all", "share of the claims at which all themes are known")
