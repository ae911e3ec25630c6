"""Shaders and sample surfaces are found in a checkout; test_wheel.py looks at an installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from glviz import resources

REPOSITORY = Path(__file__).resolve().parent.parent


def test_a_checkout_uses_its_own_folders():
    assert resources.shader_dir() == REPOSITORY / "shaders"
    assert resources.sample_dir() == REPOSITORY / "data"


def test_samples_are_ply_files_by_name():
    found = resources.samples()
    assert found, "no sample surface"
    for name, path in found.items():
        assert path == REPOSITORY / "data" / f"{name}.ply"
        assert path.read_bytes().startswith(b"ply")
        assert path.stat().st_size < 1_000_000


def test_an_incomplete_installation_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "glviz")
    with pytest.raises(FileNotFoundError, match="install glviz again"):
        resources.shader_dir()


def test_the_installed_package_comes_before_what_lies_beside_it(monkeypatch, tmp_path):
    for folder in ("glviz/shaders", "shaders"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "glviz")
    assert resources.shader_dir() == tmp_path / "glviz" / "shaders"
