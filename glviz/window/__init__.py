"""The window: a screen of glfw's, the loop over its frames, and what its commands do to the world."""
