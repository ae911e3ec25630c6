"""Shader files: one file a program, with ``#ifdef VERTEX`` and ``#ifdef FRAGMENT`` parts."""

from __future__ import annotations

import re
from pathlib import Path

import moderngl

from glviz.resources import shader_dir

_INCLUDE = re.compile(r'^\s*#include\s+"([^"]+)"\s*$')
_VERSION = "#version 330 core"


def resolve(name: str, root: Path) -> str:
    """The text of a shader file with its includes put in.

    ``#line`` directives keep the compiler's messages true: the string number of a file is
    its place in the order of inclusion, the file itself being 0. A file is included once.
    """
    seen: dict[str, int] = {}

    def expand(file: str) -> list[str]:
        number = seen.setdefault(file, len(seen))
        lines = [f"#line 1 {number}"]
        for at, line in enumerate((root / file).read_text(encoding="utf-8").splitlines(), start=1):
            match = _INCLUDE.match(line)
            if match is None:
                lines.append(line)
            elif match[1] not in seen:
                lines += [*expand(match[1]), f"#line {at + 1} {number}"]
        return lines

    return "\n".join(expand(name))


def load(ctx: moderngl.Context, name: str) -> moderngl.Program:
    """Compile ``shaders/<name>.glsl``."""
    text = resolve(f"{name}.glsl", shader_dir())
    program = ctx.program(
        vertex_shader=f"{_VERSION}\n#define VERTEX\n{text}",
        fragment_shader=f"{_VERSION}\n#define FRAGMENT\n{text}",
    )
    if "Pane" in program:
        program["Pane"].binding = 0  # type: ignore[union-attr]
    return program


def set_uniforms(program: moderngl.Program, **values: object) -> None:
    """Assign uniforms by name; a name that the program does not have is an error."""
    for name, value in values.items():
        program[name].value = value  # type: ignore[union-attr]
