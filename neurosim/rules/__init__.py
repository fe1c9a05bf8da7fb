"""Learning rules: one file per rule, each a settings model and the fillings of its slots."""
from __future__ import annotations

from .activity_perturbation import ANP
from .decorrelation import Decorrelation
from .node_perturbation import NP
from .readout import Readout
from .rule import Rule
from .weight_perturbation import WP

RULES: dict[str, type[Rule]] = {"anp": ANP, "np": NP, "wp": WP, "readout": Readout}

__all__ = ["ANP", "NP", "RULES", "WP", "Decorrelation", "Readout", "Rule"]
