"""A second-order model with the correlations of its items written out."""

import numpy as np

from sim.model import Model

TEXT = """
A =~ a1 + a2 + a3
B =~ b1 + b2 + b3
C =~ c1 + c2 + c3
X =~ x1 + x2 + x3
Y =~ y1 + y2 + y3
H =~ A + B + C
H ~ X
Y ~ H + X
"""
MODEL = Model.parse(TEXT)
#: Standardised truth: H's loadings, the items' loadings block by block, the paths.
DIMENSIONS = np.array([0.9, 0.8, 0.7])
ITEMS = np.array([0.8, 0.7, 0.9, 0.6, 0.75, 0.8, 0.85, 0.7, 0.65, 0.8, 0.8, 0.7, 0.9, 0.6, 0.7])
H_X, Y_H, Y_X = 0.5, 0.4, 0.2


def covariance() -> np.ndarray:
    """Correlations of the items that the second-order model implies."""
    h_y, x_y = Y_H + Y_X * H_X, Y_H * H_X + Y_X
    constructs = np.eye(5)
    constructs[:3, :3] = np.outer(DIMENSIONS, DIMENSIONS)
    constructs[:3, 3] = DIMENSIONS * H_X
    constructs[:3, 4] = DIMENSIONS * h_y
    constructs[3, 4] = x_y
    constructs = np.triu(constructs, 1)
    constructs += constructs.T + np.eye(5)
    common = ITEMS[:, None] * constructs[np.ix_(MODEL.block_of, MODEL.block_of)] * ITEMS
    return common + np.diag(1 - ITEMS**2)
