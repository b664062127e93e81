"""Measures of accuracy: how far estimates are from the truth and from each other, where there are numbers."""

from benchmarks.measures.basis import formulas, pooling
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Figure, Measure
from benchmarks.measures.basis.samples import Estimated
from sim.batch import Floats
from sim.targets import EVERY_KIND


def _empirical_se(sample: Estimated) -> Measured | None:
    return formulas.empirical_se(sample.estimates) if sample.estimates.size else None


def _bias(sample: Estimated) -> Measured | None:
    return formulas.bias(sample.estimates, sample.against) if sample.has_truth else None


def _rmse(sample: Estimated) -> Measured | None:
    return formulas.rmse(sample.estimates, sample.against) if sample.has_truth else None


def _relative_bias(sample: Estimated) -> Measured | None:
    return formulas.relative_bias(sample.estimates, sample.against) if sample.has_truth and sample.against else None


def squared_error(sample: Estimated) -> Floats | None:
    """Squared distance of the estimate from the truth in each replication (R,)."""
    return (sample.value - sample.against) ** 2 if sample.has_truth else None


def error(sample: Estimated) -> Floats | None:
    """Estimate less truth in each replication (R,)."""
    return sample.value - sample.against if sample.has_truth else None


def _relative_error(sample: Estimated) -> Floats | None:
    return (sample.value - sample.against) / sample.against if sample.has_truth and sample.against else None


EMPIRICAL_SE = Measure(
    "empirical_se", "empirical SE", "coefficient", "standard deviation of the estimates over the replications",
    of=Estimated, function=_empirical_se, jackknife=lambda sample: formulas.empirical_se_jackknife(sample.estimates),
    pooled=pooling.RootOver(pooling.squares_about_mean),
    glossary="the standard deviation of a method's estimates over the simulated studies: its real uncertainty.",
    figure=Figure(
        "spread", "Spread of the estimates",
        "Standard deviation of the estimates over the replications{scale}: how far one study's estimate may lie from "
        "the mean of all. Bars: 95% Monte Carlo intervals.",
        "Standard deviation of each method's estimates against the number of respondents, one plot for each estimand.",
        axis="empirical SE", kinds=EVERY_KIND,
    ),
)  # fmt: skip
BIAS = Measure(
    "bias", "bias", "coefficient", "mean estimate minus the truth",
    of=Estimated, function=_bias, signed=True, needs="a true value", pooled=pooling.mean_over(error),
    glossary="how far a method's estimates lie from the truth on average: mean estimate minus true value.",
    figure=Figure(
        "bias", "Bias",
        "Mean estimate minus the truth{scale}; the dotted line is no bias. Bars: 95% Monte Carlo intervals, often "
        "shorter than the mark.",
        "Bias of each method against the number of respondents, one plot for each estimand.",
        axis="bias", kinds=EVERY_KIND, line="zero",
    ),
)  # fmt: skip
RMSE = Measure(
    "rmse", "RMSE", "coefficient", "root mean squared distance of the estimate from the truth",
    of=Estimated, function=_rmse, jackknife=lambda sample: formulas.root_mean_square_jackknife(sample.errors),
    needs="a true value", pooled=pooling.RootOver(squared_error),
)  # fmt: skip
RELATIVE_BIAS = Measure(
    "relative_bias", "relative bias", "share", "bias as a share of the truth",
    of=Estimated, function=_relative_bias, signed=True, needs="a true value other than 0",
    pooled=pooling.mean_over(_relative_error),
)  # fmt: skip
