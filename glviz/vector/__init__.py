"""Contour maps for papers, in vector form: SVG and PDF from one list of shapes.

:func:`glviz.vector.maps.draw` lays a figure out in points, from the same views as the window
draws; :mod:`glviz.vector.svg` and :mod:`glviz.vector.pdf` write it. Nothing here needs OpenGL.
"""
