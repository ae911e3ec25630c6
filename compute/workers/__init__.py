"""Points shared out: among processes of this machine, among those of Dask, and among MPI ranks."""
