"""Product items in endless data: their covariances from a population's moments, third and fourth ones among them."""

from collections.abc import Sequence

import numpy as np

from sim.batch import Batch, Bools, Floats, Moments

#: The places of the two items behind a product item.
Pair = tuple[int, int]


def with_product_items(
    batch: Batch, pairs: Sequence[Pair], predicted_by: Sequence[Sequence[int]] | None = None
) -> Moments:
    """Moments of p items and, behind them, of k products of centred items (R, p + k), of a batch of moments.

    predicted_by: for each product, the items of which those retained predict what is taken off it (Little, Bovaird &
    Widaman 2006). Needs `Moments.higher`.
    """
    moments = batch.moments
    assert moments.higher is not None
    r, p = moments.means.shape
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    loadings, s = moments.higher.loadings, moments.covariances
    a, b = loadings[first], loadings[second]
    third = np.einsum("ix,ky,kz,xyz->ik", loadings, a, b, moments.higher.third, optimize=True)
    fourth = np.einsum("kx,ky,lz,lw,xyzw->kl", a, b, a, b, moments.higher.fourth, optimize=True)
    among = fourth + s[:, first[:, None], first] * s[:, second[:, None], second]
    among = among + s[:, first[:, None], second] * s[:, second[:, None], first]
    whole = np.empty((r, p + len(pairs), p + len(pairs)))
    whole[:, :p, :p], whole[:, p:, p:] = s, among
    whole[:, :p, p:], whole[:, p:, :p] = third, third.T
    means = np.concatenate([moments.means, s[:, first, second]], axis=1)
    if predicted_by is None:
        return Moments(means, whole, moments.n)
    left = np.broadcast_to(np.eye(whole.shape[1]), whole.shape).copy()
    for k, items in enumerate(predicted_by):
        left[:, p + k, :p] = -_slopes(s, third[:, k], batch.retained, items)
    whole = left @ whole @ left.swapaxes(1, 2)
    means[:, p:] = 0.0
    return Moments(means, (whole + whole.swapaxes(1, 2)) / 2, moments.n)


def _slopes(covariances: Floats, with_product: Floats, retained: Bools, items: Sequence[int]) -> Floats:
    """Slopes (R, p) of a product on these items, as far as they are retained, 0 for all others."""
    own = np.zeros(retained.shape[1], dtype=bool)
    own[list(items)] = True
    taken = retained & own
    among = np.where(taken[:, :, None] & taken[:, None, :], covariances, 0.0)
    slopes = np.linalg.pinv(among, hermitian=True) @ np.where(taken, with_product, 0.0)[:, :, None]
    return np.asarray(slopes[:, :, 0])
