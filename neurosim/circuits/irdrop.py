"""The drop along output lines as a polynomial: cheap, and right for small drops alone."""
from __future__ import annotations

import numpy as np


def polynomial_drop(weights: np.ndarray, x: np.ndarray, ratio: float) -> np.ndarray:
    """Outputs of a crossbar with resistance along the output lines, in units of weight times input.

    With ``a_i = n / ratio sum_j |w_ij x_j|`` and ``c = a (0.05 a^2 - 0.2 a + 0.5)``:
    ``y_i = sum_j w_ij x_j (1 - c_i (1 - (1 - j / n)^2))``; input 0 is nearest to the sense amplifier.

    Parameters
    ----------
    weights : (n_out, n), of magnitude up to 1, held as a positive and a negative line
    x : (n,), of magnitude up to 1
    ratio : conductance of a segment over the largest conductance of a cell

    Notes
    -----
    Against the exact solution it is good to about 0.03 % where the drop is 1 %, and finds only half of the drop where all weights have
    one sign.  Above drops of about 3 % it means nothing: the cubic grows without bound.  Use `neurosim.circuits.wires` instead.

    References
    ----------
    aihwkit 1.2.0, `ir_drop` of its analog tiles (Rasch et al. 2021, arXiv:2104.02184); its documentation says that input 0 is farthest
    from the amplifier, its results say nearest.
    """
    n = x.size
    current = weights * x
    a = n / ratio * np.abs(current).sum(axis=1)
    c = a * (a * (0.05 * a - 0.2) + 0.5)
    far = 1 - (1 - np.arange(n) / n) ** 2
    return current.sum(axis=1) - c * (current * far).sum(axis=1)
