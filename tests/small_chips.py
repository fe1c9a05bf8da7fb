"""A small network, and profiles of a few made-up numbers to place it on."""
from __future__ import annotations

from neurosim.network import Network
from neurosim.profile import SECTIONS, Profile


def network(**settings):
    return Network(**{"inputs": 3, "hidden": 40, "outputs": 2, **settings})


def profile_of(**tables):
    """A profile of ideal weights with these tables, and a made-up source for every number."""
    tables = {"weights": {"format": "float"}, **tables}
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, sources=dict.fromkeys(SECTIONS, "a test"), file="test.toml", **tables)
