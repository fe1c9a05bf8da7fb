"""``python -m neurosim``."""
from .cli import main

main()
