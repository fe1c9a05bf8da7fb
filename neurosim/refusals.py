"""What a chip and a rule cannot do together, refused in one sentence before anything is compiled."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .chip import Chip
from .circuits.quiet import Quiet
from .contract import Projection, is_deferred, is_jittery, measures, wants_slope
from .errors import InputError
from .neurons.settings import Membrane
from .quantity import number
from .rules.local_eligibility import SpikingFeedback
from .rules.rule import Parts


def check_rule(chip: Chip, parts: Parts, update: str, is_conditioned: bool) -> None:
    """Refuse a rule that the neurons, or the moments of writing, are not for.

    Parameters
    ----------
    update : "step" or "sequence"
    is_conditioned : whether an optimizer turns requests into changes

    Raises
    ------
    InputError
        If the rule or the optimizer learns per trial and the update is "step"; if the neurons have no slope, or no innovation to measure.
    """
    membrane = chip.network.membrane
    for is_wanted, what in ((is_deferred(parts.hidden), "this rule"), (is_conditioned, "train.optimizer")):
        if is_wanted and update == "step":
            raise InputError("train.update", f"= 'step'; {what} needs 'sequence' (train.window cuts a stream into sequences)")
    if membrane is None:
        return
    if measures(parts.hidden):
        raise InputError(
            "rule.perturbation", "= 'measured'; a membrane remembers: its potential minus what arrived is no innovation; use 'injected'")
    if wants_slope(parts.hidden) and not membrane.has_slope:
        where, known = ("model", "= 'adex'") if not isinstance(membrane, Membrane) else ("reversal_e", f"= {membrane.reversal_e:g}")
        raise InputError(
            f"network.membrane.{where}", f"{known}; this rule needs the slope of a spike, which is known for 'lif' without reversal_e only")


def check_receptors(chip: Chip, parts: Parts, projections: Sequence[Projection]) -> None:
    """Refuse what cannot be told apart by the sign of a weight, on the way through `projections` to neurons with two kinds of synapse.

    Raises
    ------
    InputError
        If weights are read with noise or converters, or shaken; if activities have both signs, or the rule filters all inputs alike.
    """
    membrane: Any = chip.network.membrane
    field, value = "network.membrane.inhibitory_s", f"= {membrane.inhibitory_s:g}"
    if any(not isinstance(p.circuit, Quiet) for p in projections):
        raise InputError(
            field, f"{value}; weights of both signs are read apart, which is exact only: {chip.profile.file} has read noise or converters"
            " ([io], device.read_noise_rel)")
    if any(is_jittery(p.jitter) for p in projections):
        raise InputError(field, f"{value}; this rule shakes weights, and their signs with them; use one that perturbs activities")
    if isinstance(parts.hidden, SpikingFeedback):
        raise InputError(
            field, f"{value}; this rule filters all inputs of a neuron alike, give both signs one time constant: synapse_s without"
            " inhibitory_s")
    if chip.network.decorrelation is not None:
        raise InputError("network.decorrelation", f"goes with no {field}: decorrelated spikes have both signs, receptors one each")


def check_neurons(chip: Chip) -> None:
    """Refuse a mismatch that the neurons cannot have.

    Raises
    ------
    InputError
        If what would be negative conductances has an offset.
    """
    offset = number(chip.profile.noise.offset_std)
    if offset and getattr(chip.network.membrane, "reversal_e", None) is not None:
        raise InputError(
            f"{chip.profile.file}: noise.offset_std", f"= {offset:g}; must be 0 with network.membrane.reversal_e")


def check_shown(chip: Chip, lowest: float) -> None:
    """Refuse inputs, `lowest` the lowest of them, that would be negative conductances.

    Raises
    ------
    InputError
        If there are such inputs.
    """
    if lowest < 0 and getattr(chip.network.membrane, "reversal_e", None) is not None:
        raise InputError(
            "network.membrane.reversal_e", f"needs inputs that are not negative, as conductances are; the task shows {lowest:g}")
