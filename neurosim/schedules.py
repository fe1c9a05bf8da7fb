"""When requests are written: at the next step, or once per trial."""
from __future__ import annotations

from typing import NamedTuple

from .contract import commit, condition, correlate, is_plastic
from .random import Key
from .slots import shared, slot
from .updaters.transfer import transfer

TRANSFER = 8  # from the stream of a write to that of the transfer that follows it, see verbs.py


class EveryStep(NamedTuple):
    """Online: the request of step t is applied while the weights stream by at step t + 1."""


class EverySequence(NamedTuple):
    """Requests are added up, as many steps at a time as fit, and programmed at the end of the trial."""


@slot
def due(schedule, request):
    """How many pairs of the request the coming sweep must apply."""


@slot
def after_step(schedule, p, batch):
    """Make room for the next request."""


@slot
def after_trial(schedule, p, turn, key):
    """Program what the trial asked for, if that is when it is done; `turn` counts trials."""


@due.fill(EveryStep)
def _due_now(schedule, request):
    return request.rank[0]


@after_step.fill(EveryStep)
def _leave_pending(schedule, p, batch):
    pass


@after_trial.fill(EveryStep)
def _nothing_left(schedule, p, turn, key):
    pass


@due.fill(EverySequence)
def _due_never(schedule, request):
    return 0


@shared
def add_up(p):
    """Move the pending requests into the total; an eligibility with memory must not be asked again when nothing is pending."""
    if p.request.rank[0] > 0:
        correlate(p.synapses, p)
        p.request.rank[0] = 0


@after_step.fill(EverySequence)
def _add_up_if_full(schedule, p, batch):
    if is_plastic(p.eligibility) and p.request.rank[0] + batch > p.request.post.shape[0]:
        add_up(p)


@after_trial.fill(EverySequence)
def _commit_total(schedule, p, turn, key):
    if is_plastic(p.eligibility):
        add_up(p)
        condition(p.updater, turn, p.total)
        commit(p.synapses, p, key)
        transfer(p.updater, p, Key(key.seed, key.stream + TRANSFER, key.step))
