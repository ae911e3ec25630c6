"""The program ``glviz-compute``: one module a verb, each with ``add(verbs)`` and ``run(arguments)``.

Results go to stdout, everything else to stderr. Exit codes: 0 all well, 2 something was asked
for that does not exist or does not fit, 3 a file cannot be read, 130 interrupted.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Sequence

from compute.cli import (
    convert,
    critical,
    hessian,
    info,
    lens,
    line,
    merge,
    plot,
    sharpness,
    surface,
    train,
    trajectory,
)
from compute.cli.parser import Parser, command_as_typed
from compute.console import prepare_streams, printable
from compute.errors import GuidedError

__all__ = ["build_parser", "main"]

PROGRAM = "glviz-compute"
VERBS = (train, surface, line, trajectory, hessian, critical, merge, sharpness, plot, convert, lens, info)
EXAMPLES = """\
examples:
  glviz-compute train --model mlp --data digits --epochs 30 -o net.pt --record path/
  glviz-compute surface --model mlp --checkpoint net.pt --data digits -o surf.ply
  glviz-compute line --model mlp --checkpoint net.pt --to other.pt --data digits -o line.ply
  glviz-compute trajectory --model mlp --trajectory path/ --data digits -o path.ply
  glviz-compute hessian --model mlp --checkpoint net.pt --data digits -o eigen.ply
  glviz-compute critical surf.ply --noise 0.003
  glviz-compute sharpness resnet56.ply resnet56_noshort.ply
  glviz-compute convert surface.h5 surf.ply
  glviz-compute plot surf.ply -o surf.pdf
  glviz-compute lens surf.ply -o lens
  glviz-compute info surf.ply

Each verb has its own --help.
"""


def build_parser() -> Parser:
    """The parser of the whole command line; no verb's libraries are loaded yet."""
    parser = Parser(
        prog=PROGRAM,
        description="Loss landscapes of trained networks, computed into files that glviz draws.",
        epilog=EXAMPLES,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        verb.add(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: without the program's name; those of the process by default.

    Returns:
        The exit code.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    prepare_streams()
    try:
        parsed = build_parser().parse(arguments)
        parsed.command = command_as_typed(PROGRAM, arguments)
        code: int = parsed.run(parsed)
        sys.stdout.flush()
        return code
    except SystemExit as end:  # --help
        return end.code if isinstance(end.code, int) else 2
    except KeyboardInterrupt as interrupt:
        print(f"\n{PROGRAM}: interrupted{_and_kept(interrupt, arguments)}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(printable(f"{PROGRAM}: {_message(error)}"), file=sys.stderr)
        return error.exit_code if isinstance(error, GuidedError) else 2


def _and_kept(interrupt: KeyboardInterrupt, arguments: Sequence[str]) -> str:
    """What a run has kept, and the command that goes on with it."""
    if not str(interrupt):
        return ""
    again = shlex.join([PROGRAM, *(word for word in arguments if word != "--restart")])
    return f": {interrupt}\n{again}"


def _message(error: Exception) -> str:
    """What was being done, what was found, what to do: for errors that do not say so themselves."""
    if isinstance(error, GuidedError):
        return str(error)
    if isinstance(error, ImportError) and error.name in ("torch", "sklearn"):
        found = f"it needs {error.name}, which is not installed here"
        return f'computing: {found}\nInstall what computing needs: pip install "glviz[compute]"'
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        found, advice = (
            f"{name}{error.strerror or error}",
            "Check the path, its permissions and the room left.",
        )
        return f"using a file: {found}\n{advice}"
    found, advice = f"{type(error).__name__}: {error}", "Run again with --debug to see where it comes from."
    if isinstance(error, MemoryError) or "not enough memory" in found:
        advice = "Use fewer samples (--limit) or a smaller --batch-size."
    return f"computing: {found}\n{advice}"
