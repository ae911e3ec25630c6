"""The path of a training: its checkpoints on disk, and where they lie on a plane.

``folder`` records them, ``trainings`` reads those of one training or several, ``projection`` puts them on
a plane. The plane in which they moved most is made in ``compute.directions.pca``.
"""
