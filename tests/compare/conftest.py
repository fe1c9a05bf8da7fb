"""What comparisons of a module are made from: its experiment, `SMALL`."""
from __future__ import annotations

import pytest

from neurosim import experiment


@pytest.fixture
def wanted(tmp_path, request):
    """The experiment of the module."""
    (tmp_path / "small.toml").write_text(request.module.SMALL)
    return experiment.load(tmp_path / "small.toml")
