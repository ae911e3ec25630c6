"""``python -m compute``, and the command ``glviz-compute``."""

from compute.interrupts import leave, of_a_program

__all__ = ["main"]


def main() -> None:
    """Run the command and end the process with its exit code."""
    of_a_program()
    from compute.cli import main as run

    leave(run())


if __name__ == "__main__":
    main()
