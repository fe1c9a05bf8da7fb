"""Programs of others, measured: scripts that an interpreter runs which has them; they import nothing of this package."""
