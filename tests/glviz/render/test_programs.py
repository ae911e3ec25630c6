from __future__ import annotations

import re

import pytest

from glviz.render import program
from glviz.resources import shader_dir

NAMES = sorted(path.stem for path in shader_dir().glob("*.glsl"))


@pytest.mark.parametrize("name", NAMES)
def test_every_shader_compiles(gl_context, name):
    program.load(gl_context, name).release()


@pytest.mark.parametrize("name", NAMES)
def test_shaders_stay_within_opengl_3_3(name):
    text = re.sub("//.*", "", program.resolve(f"{name}.glsl", shader_dir()))
    for word in ("#version", "#extension", "buffer ", "imageStore", "layout(binding", "gl_BaseInstance"):
        assert word not in text, f"{name}: {word}"


def test_includes_are_put_in_once_with_true_line_numbers(tmp_path):
    (tmp_path / "a.glsl").write_text('one\n#include "b.glsl"\n#include "b.glsl"\nfour\n')
    (tmp_path / "b.glsl").write_text("inner\n")
    assert program.resolve("a.glsl", tmp_path).splitlines() == [
        "#line 1 0", "one", "#line 1 1", "inner", "#line 3 0", "four",
    ]  # fmt: skip


def test_a_compiler_message_names_the_line_of_the_file(gl_context, tmp_path, monkeypatch):
    (tmp_path / "bad.glsl").write_text(
        "#ifdef VERTEX\nvoid main() {\n    gl_Position = nonsense;\n}\n#endif\n"
        "#ifdef FRAGMENT\nout vec4 c; void main() { c = vec4(1); }\n#endif\n"
    )
    monkeypatch.setattr(program, "shader_dir", lambda: tmp_path)
    with pytest.raises(Exception, match=r"0:3\("):
        program.load(gl_context, "bad")


def test_an_unknown_uniform_is_an_error(gl_context):
    compose = program.load(gl_context, "compose")
    try:
        with pytest.raises(KeyError):
            program.set_uniforms(compose, u_forgotten=1.0)
    finally:
        compose.release()
