"""What `neurosim.train` returns: a run that can draw itself."""
from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import trainer
from .errors import InputError

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


@functools.wraps(trainer.train, assigned=("__doc__",))
def train(*args: Any, **options: Any) -> Run:
    """Train a chip, in place; see `trainer.train`."""
    return Run(**vars(trainer.train(*args, **options)))
