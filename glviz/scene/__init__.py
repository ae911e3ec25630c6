"""What is to be drawn, as pure functions of numpy arrays: no OpenGL, no window, no torch."""
