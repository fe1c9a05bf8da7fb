"""Small image files for the tests of the tasks that read images."""
from __future__ import annotations

import numpy as np


def images(n_images=40):
    """(n, 28, 28) uint8 and (n,) classes; image k is bright in a place of its own, so pixels tell the images apart."""
    labels = np.arange(n_images) % 10
    rows, columns = np.mgrid[:28, :28]
    distance = (rows - 2 * (np.arange(n_images) % 14)[:, None, None]) ** 2 + (columns - 3 * labels[:, None, None]) ** 2
    return np.clip(255 - 4 * distance, 0, 255).astype(np.uint8), labels


def write_images(path, n_images=40, **arrays):
    """Write an archive as a user would; `arrays` replace x or y."""
    x, y = images(n_images)
    np.savez(path, **({"x": x, "y": y} | arrays))
    return path
