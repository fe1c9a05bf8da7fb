"""Tasks: one frozen description each, `load` makes the arrays."""
from .adding import Adding
from .copying import Copying
from .delayed_match import DelayedMatch
from .digits import Digits
from .mackey_glass import MackeyGlass
from .narma import NARMA
from .neurobench_mackey_glass import NeuroBenchMackeyGlass
from .parity import DelayedParity
from .pattern import PatternGeneration
from .psmnist import PsMNIST
from .recorded import Recorded
from .task import Dataset, Task, Trials
from .weather import Weather

TASKS: dict[str, type[Task]] = {
    "mackey-glass": MackeyGlass, "copying": Copying, "weather": Weather, "narma10": NARMA, "digits": Digits, "psmnist": PsMNIST,
    "parity": DelayedParity, "adding": Adding, "delayed_match": DelayedMatch, "pattern": PatternGeneration,
    "events": Recorded, "neurobench-mackey-glass": NeuroBenchMackeyGlass}

__all__ = [
    "TASKS", "Adding", "Copying", "Dataset", "DelayedMatch", "DelayedParity", "Digits", "MackeyGlass", "NARMA",
    "NeuroBenchMackeyGlass", "PatternGeneration", "PsMNIST", "Recorded", "Task", "Trials", "Weather"]
