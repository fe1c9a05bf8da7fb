"""What neurosim promises about itself, checked on the machine that it runs on: ``neurosim selftest``."""
