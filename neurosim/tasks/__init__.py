"""Tasks: one frozen description each, `load` makes the arrays."""
from .adding import Adding
from .copying import Copying
from .digits import Digits
from .mackey_glass import MackeyGlass
from .narma import NARMA
from .parity import DelayedParity
from .psmnist import PsMNIST
from .task import Dataset, Task, Trials
from .weather import Weather

TASKS: dict[str, type[Task]] = {
    "mackey-glass": MackeyGlass, "copying": Copying, "weather": Weather, "narma10": NARMA, "digits": Digits, "psmnist": PsMNIST,
    "parity": DelayedParity, "adding": Adding}

__all__ = [
    "TASKS", "Adding", "Copying", "Dataset", "DelayedParity", "Digits", "MackeyGlass", "NARMA", "PsMNIST", "Task", "Trials", "Weather"]
