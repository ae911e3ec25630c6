"""The OpenGL driver, begun to load while Python is still busy with something else.

A software driver brings a compiler of a hundred megabytes along, whose loading takes a tenth of
what a small picture takes in all. It needs no Python: in a thread of its own it is done by the
time that the file is read. Whatever goes wrong here goes wrong again where the context is made,
and is told there.
"""

from __future__ import annotations

import os
import sys
import threading

__all__ = ["begin_loading"]

_PLATFORM_DEVICE = 0x313F  # EGL_PLATFORM_DEVICE_EXT, of EGL_EXT_platform_device


def begin_loading() -> None:
    """Initialise, in a thread, the display for which a context without a window will be asked."""
    if sys.platform.startswith("linux") and "GLCONTEXT_DEVICE_INDEX" not in os.environ:
        threading.Thread(target=_initialise, name="driver").start()


def _initialise() -> None:
    import ctypes

    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError:
        return
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    found = [egl.eglGetProcAddress(name) for name in (b"eglQueryDevicesEXT", b"eglGetPlatformDisplayEXT")]
    if not all(found):
        return
    pointer, count = ctypes.c_void_p, ctypes.c_int(0)
    devices = (pointer * 8)()
    query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, pointer, pointer)(found[0])
    display_of = ctypes.CFUNCTYPE(pointer, ctypes.c_uint, pointer, pointer)(found[1])
    if query(len(devices), ctypes.byref(devices), ctypes.byref(count)) and count.value:
        display = display_of(_PLATFORM_DEVICE, devices[0], None)
        if display:
            egl.eglInitialize(ctypes.c_void_p(display), None, None)
