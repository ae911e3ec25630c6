"""Films of surfaces: a turntable, and the replay of a descent path.

A film is a list of :class:`~glviz.films.frames.Frame`. :class:`~glviz.films.making.Film` draws and
encodes them one at a time, :func:`~glviz.films.making.write` all of them. The views, and with them
what lies on the GPU, are the same objects throughout; only the camera or the end of the paths
differs. Encoding is :mod:`compute.films`.
"""
