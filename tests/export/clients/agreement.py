"""Of the clients: compare what a program computed with what was expected."""
import numpy as np


def agree(name, found, wanted, tol):
    """Print the comparison; the tolerance is relative to the largest value, but at least to 1."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape:
        print(f"{name}: shape {found.shape} instead of {wanted.shape}")
        return False
    error = np.abs(found.astype(float) - wanted.astype(float))
    limit = tol * max(1.0, np.abs(wanted).max(initial=0.0))
    within = bool(np.isfinite(found.astype(float)).all() and (error <= limit).all())
    print(f"{name}: shape {found.shape}, largest error {error.max(initial=0):.3g} of {limit:.3g}, {(error > limit).sum()} differ")
    return within
