"""Whether a population exists: its numbers, its mechanisms, and those of them that do not go together."""

import numpy as np

from sim.answers.likert import MOST
from sim.answers.mechanism import Setting
from sim.batch import Floats
from sim.errors import InputError
from sim.population.sections import Mechanisms
from sim.structures import conditional
from sim.structures.readings import read
from sim.structures.structure import Structure


def check(structure: Structure, setting: Setting, mechanisms: Mechanisms) -> None:
    """Raises InputError, with what to change, where there is no population of these numbers and mechanisms."""
    if setting.model.products:
        raise InputError("its model holds products of constructs; their effects stand among its values, as `Y~A:B`")
    _check_numbers(structure)
    _check_thresholds(setting, len(structure.loadings))
    for section, mechanism in mechanisms.every():
        if mechanism.given and mechanism.needs_categories and setting.scale.is_continuous:
            raise InputError(f"[{section}] needs categories; give [scale] shares or thresholds, or leave it out")
        mechanism.check(setting)
    _check_matrices(structure)
    drawn = structure.with_shared_factors(mechanisms.responses)
    if mechanisms.products.effects and not setting.scale.is_continuous:
        _check_cut_products(drawn, setting, mechanisms.distribution.normal_sources)
    if not mechanisms.groups.members:
        mechanisms.distribution.of_items(drawn.covariance, setting.items)
    read(structure.given, mechanisms.reading)


def _check_numbers(structure: Structure) -> None:
    """Loadings within -1 to 1, of dimensions on their second-order constructs too."""
    if structure.model.second_order:
        _check_numbers(structure.upper)
        _check_matrices(structure.upper)
    items = structure.model.items
    beyond = np.flatnonzero(np.abs(structure.loadings) > 1)
    if beyond.size:
        told = ", ".join(f"{items[i]} {structure.loadings[i]:.4g}" for i in beyond)
        raise InputError(f"loadings beyond 1 ({told}); a standardised loading lies in -1 to 1")


def _check_thresholds(setting: Setting, needed: int) -> None:
    """Thresholds for every item."""
    given = len(setting.scale.thresholds)
    if given and given != needed:
        raise InputError(f"thresholds for {given} items, the model has {needed}")


def _check_matrices(structure: Structure) -> None:
    """Correlations of constructs and covariances of errors are those of some variables."""
    _check_matrix("construct correlations", structure.construct_correlations, "lower the correlations in size")
    for item, left in zip(structure.model.items, np.diag(structure.own_errors), strict=True):
        if left < -1e-10 and structure.crossloadings.given:
            raise InputError(
                f"{item}: its loadings explain {1 - left:.4g} of the response's variance; it cannot exceed 1, so lower "
                "them"
            )
    _check_matrix("error covariances", structure.own_errors, "lower them in size")


def _check_cut_products(drawn: Structure, setting: Setting, normal_sources: bool) -> None:
    """Categories few enough, and constructs too, for what the cut leaves to be worked out."""
    most = max(setting.scale.categories)
    if most > MOST:
        raise InputError(
            f"products go with up to {MOST} categories, and a scale has {most}; leave out the products, or give fewer "
            "categories in place of a slider"
        )
    if normal_sources:
        conditional.check(drawn, setting.scale.padded(len(drawn.loadings)))


def _check_matrix(what: str, matrix: Floats, remedy: str) -> None:
    """A covariance matrix has no negative eigenvalue."""
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    if lowest < -1e-10:
        raise InputError(f"the {what} are not positive definite (smallest eigenvalue {lowest:.4g}); {remedy}")
