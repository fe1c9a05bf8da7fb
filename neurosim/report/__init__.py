"""What people look at: the summary, the table, the figures, the progress bar."""
