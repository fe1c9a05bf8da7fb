"""A folder to put on PYTHONPATH: every Python process that starts with it may reach this machine, and nothing else."""
