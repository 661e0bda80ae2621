"""The owner's process: the catalogue behind one Unix socket, and nothing else."""
