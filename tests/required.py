"""Programs of others that tests compare with: where one is missing a test is skipped, and where it has to be there the test fails.

It has to be there where the gate is kept (``CI`` is set, as in .ci/run), and where ``NEUROSIM_CLIENTS`` says where it is.
"""
from __future__ import annotations

import os
import shutil

import pytest


def missing(what):
    """Skip the test, or fail it: a comparison that nobody makes proves nothing."""
    absent = pytest.fail if os.environ.get("CI") or os.environ.get("NEUROSIM_CLIENTS") else pytest.skip
    absent(f"{what} is not installed")


def program(name, package=None):
    """The path of a program of the system."""
    return shutil.which(name) or missing(f"{name} (apt-get install {package or name})")
