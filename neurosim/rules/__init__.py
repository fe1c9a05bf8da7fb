"""Learning rules: one file per rule, each a settings model and the fillings of its slots."""
from __future__ import annotations

from .activity_perturbation import ANP
from .decorrelation import Decorrelation
from .held_weight_perturbation import WPTrial
from .local_eligibility import RFLO, EProp
from .node_perturbation import NP
from .ornstein_uhlenbeck import OUA
from .readout import Readout
from .reward_hebb import RewardHebb
from .reward_stdp import RewardSTDP
from .rule import Rule
from .sensitivity import SANP, SANPCV
from .trace import Trace
from .weight_perturbation import WP

RULES: dict[str, type[Rule]] = {
    "anp": ANP, "np": NP, "wp": WP, "readout": Readout, "trace": Trace, "sanp": SANP, "sanp_cv": SANPCV, "wp_trial": WPTrial,
    "oua": OUA, "rflo": RFLO, "e_prop": EProp, "reward_stdp": RewardSTDP, "reward_hebb": RewardHebb}

__all__ = [
    "ANP", "NP", "OUA", "RFLO", "RULES", "SANP", "SANPCV", "WP", "Decorrelation", "EProp", "Readout", "RewardHebb", "RewardSTDP", "Rule",
    "Trace", "WPTrial"]
