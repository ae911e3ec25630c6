"""Drawing with OpenGL 3.3 core through moderngl: the only package that knows it.

``Renderer`` draws panes (a view, a camera, a rectangle) into a picture of its own; each
kind of thing drawn has a class and a shader file of the same name.
"""

from glviz.render.context import VideoMemoryError, offscreen_context
from glviz.render.renderer import Renderer

__all__ = ["Renderer", "VideoMemoryError", "offscreen_context"]
