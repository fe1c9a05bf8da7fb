"""Tasks: one frozen description each, `load` makes the arrays."""
from .copying import Copying
from .mackey_glass import MackeyGlass
from .task import Dataset, Task, Trials
from .weather import Weather

TASKS: dict[str, type[Task]] = {"mackey-glass": MackeyGlass, "copying": Copying, "weather": Weather}

__all__ = ["TASKS", "Copying", "Dataset", "MackeyGlass", "Task", "Trials", "Weather"]
