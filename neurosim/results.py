"""What `neurosim.train` returns: a run that can draw itself."""
from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import trainer
from .chip import anew
from .errors import InputError
from .placement import Array
from .quantity import number
from .tiles import exists, pulses, siemens

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Run(trainer.Run):
    """A training run; attributes as of `trainer.Run`."""

    def plot_raster(self, ax: Axes | None = None) -> Axes:
        """Draw the spikes of the hidden neurons in the last test, those of the first trial and sample: time in seconds against neuron.

        Parameters
        ----------
        ax : where to draw; the current axes of pyplot if absent

        Raises
        ------
        InputError
            If the neurons do not spike, or nothing was recorded.
        """
        network = self.chip.network
        if network.membrane is None:
            raise InputError("network.neuron", f"= '{network.neuron}'; neurons that do not spike have no raster")
        if self.spikes is None:
            raise InputError("run.spikes", "= None; no spikes were recorded, train with neurosim.train to have them")
        from .report.spikes import plot_raster

        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.gca()
        return plot_raster(ax, self.spikes, network.membrane.step_s)

    def plot_weights(self, projection: str = "recurrent", axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
        """Draw the weights of a projection as the chip was made, as they are now, and what has changed.

        Parameters
        ----------
        projection : one of those on the chip, or the digital readout
        axes : three axes; those of a new figure of pyplot if absent

        Raises
        ------
        InputError
            If the chip has no such projection.

        Notes
        -----
        The weights before are those of the same chip compiled again: what was written before the training counts as change.
        """
        from .report.maps import plot_weight_change

        array = self._array(projection)
        before = anew(self.chip).arrays[projection].weights()
        return plot_weight_change(_row(axes, 3, (13.0, 4.0)), before, array.weights(), exists(array))

    def plot_wear(self, projection: str = "recurrent", ax: Axes | None = None) -> Axes:
        """Draw the pulses of every synapse since the chip was made.

        Parameters
        ----------
        projection : one of those on the chip
        ax : where to draw; those of a new figure of pyplot if absent

        Raises
        ------
        InputError
            If the chip has no such projection, or no pulsed devices for it: digital writes are counted in sums (`ledger.json`).
        """
        from .report.maps import plot_wear

        array = self._array(projection)
        sent = pulses(array)
        if sent is None:
            raise InputError("run.plot_wear", f"projection = '{projection}'; has no pulsed devices, whose pulses are counted one by one")
        return plot_wear(ax or _row(None, 1, (6.0, 4.5))[0], sent[0] + sent[1], exists(array), "pulses")

    def plot_conductance(self, projection: str = "recurrent", axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
        """Draw the conductances of the devices of a projection in siemens: of the plus and of the minus devices of pairs, or of both.

        Parameters
        ----------
        projection : one of those on the chip
        axes : two axes for pairs, otherwise one; those of a new figure of pyplot if absent

        Raises
        ------
        InputError
            If the chip has no such projection, or nobody knows what its devices conduct.
        """
        from .report.maps import plot_conductance

        array, profile = self._array(projection), self.chip.profile
        found = siemens(array, profile)
        if profile.device is None or not found:
            raise InputError("run.plot_conductance", f"projection = '{projection}'; {profile.file} has no device.g_max_S")
        axes = _row(axes, len(found), (5.0 * len(found), 4.0))
        for ax, (name, held) in zip(axes, found.items()):
            plot_conductance(ax, held, number(profile.device.g_max_S), exists(array)).set_title(name)
        return axes

    def plot_costs(self, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
        """Draw the energy of the training and of one inference, operation by operation; what has no price is named (`ledger.cost`).

        Parameters
        ----------
        axes : two axes; those of a new figure of pyplot if absent
        """
        from .accounts import cost_of
        from .report.bills import plot_bills

        return plot_bills(_row(axes, 2, (13.0, 4.0)), cost_of(self))

    def plot_placement(self, ax: Axes | None = None) -> Axes:
        """Draw what the cores of the chip hold of the neurons, or its tiles of the matrices.

        Parameters
        ----------
        ax : where to draw; those of a new figure of pyplot if absent
        """
        from .report.placements import plot_placement
        from .store import with_stores

        return plot_placement(ax or _row(None, 1, (6.0, 4.5))[0], with_stores(self.chip.mapping, self.stores), self.chip.profile)

    def _array(self, projection: str) -> Array:
        known = list(self.chip.mapping["projections"])
        if projection not in known:
            raise InputError("projection", f"= '{projection}'; this chip has {', '.join(known)}")
        return self.chip.arrays[projection]


def _row(axes: Sequence[Axes] | None, n: int, size: tuple[float, float]) -> Sequence[Axes]:
    if axes is None:
        from matplotlib import pyplot

        return list(pyplot.subplots(1, n, figsize=size, layout="constrained", squeeze=False)[1][0])
    if len(axes) != n:
        raise InputError("axes", f"= {len(axes)} of them; must be {n}")
    return axes


@functools.wraps(trainer.train, assigned=("__doc__",))
def train(*args: Any, **options: Any) -> Run:
    """Train a chip, in place; see `trainer.train`."""
    return Run(**vars(trainer.train(*args, **options)))
