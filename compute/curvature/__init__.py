"""How a loss curves: gradient and Hessian, extreme eigenpairs, Newton's method in the plane."""
