"""Integer networks exactly as digital chips run them: one file per chip, a frozen specification and a forward run each."""
