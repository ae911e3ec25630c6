"""Recording a trajectory from inside other people's training loops; one module a library.

A library is imported with the module named after it, and not before.
"""
