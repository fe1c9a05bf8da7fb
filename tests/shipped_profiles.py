"""The shipped profiles in two lists: devices, each with a behaviour of its own, and chips, which are sizes, formats and energies."""
from __future__ import annotations

from neurosim.profile import load, names

DEVICES = (
    "capacitor", "ecram", "ecram-mo", "epiram", "fefet", "fixed8", "gokmen-vlasov", "ideal", "idealized", "pcm", "reram-es", "reram-hfo2",
    "reram-om", "reram-sb")
CHIPS = tuple(name for name in names() if name not in DEVICES)
RECURRENT = tuple(name for name in names() if load(name).topology.recurrent is not False)  # the others take no network
