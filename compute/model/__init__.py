"""A model's tensors: its parameters and a copy of them that moves, what it is called with, its statistics.

``parameters`` is read first; ``checkpoints`` are files of them.
"""
