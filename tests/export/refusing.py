"""Files that `importing.read_network` has to refuse."""
from __future__ import annotations

import pytest

from neurosim.errors import InputError
from neurosim.export.importing import read_network


def refusal(path, **options) -> str:
    """What is said of it, in one short line that names the file."""
    with pytest.raises(InputError) as caught:
        read_network(path, **options)
    said = str(caught.value)
    assert "\n" not in said and len(said) < 500 and path.name in said
    return said


def attempt(path):
    """Whether it is refused in order; anything but an InputError is a failure."""
    try:
        read_network(path, step_s=1e-3)
    except InputError as error:
        assert "\n" not in str(error)
        return True
    return False
