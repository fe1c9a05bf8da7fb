"""Bridges to other simulators; each imports its own when it is used."""
