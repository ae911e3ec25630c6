"""HDF5 files of the layout of tomgoldstein/loss-landscape, read and written.

    xcoordinates    (nx,)           the values of the first coefficient
    ycoordinates    (ny,)           of the second; without it the file is a curve
    train_loss      (ny, nx)        row is y; -1 where not computed yet
    train_acc                       the same, in percent
    test_loss, test_acc             the same on the test set, where there is one
    dir_file                        the name of the file of directions
    proj_xcoord, proj_ycoord (k,)   a descent path, in a file of its own ("projection file")

`layout` says why row is y, `read` is the reader (h5py works in a child process: `raw`),
`write` adds what the layout has no place for in a group of our own, ``loss-surface``, so
that nothing is lost.
"""

from compute.files.hdf5.read import load, load_path, matches
from compute.files.hdf5.write import save

__all__ = ["load", "load_path", "matches", "save"]
