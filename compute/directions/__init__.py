"""Where a landscape is looked at: steps in parameter space, random ones and those that lead somewhere.

``direction`` has the type; the others make some: ``random`` (by ``rules`` that need numpy alone),
``between`` two networks, the principal axes of trainings (``pca``), and ``files``. Eigenvectors of the
Hessian are made in ``compute.curvature``.
"""
