"""A file is replaced whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from compute.files.atomic import replacing


def test_new_content_replaces_the_old_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a.ply"
    path.write_bytes(b"old")
    with replacing(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.ply"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, MemoryError, OSError])
def test_any_failure_keeps_the_old_file_and_removes_the_temporary_one(tmp_path, failure):
    path = tmp_path / "a.ply"
    path.write_bytes(b"old")
    with pytest.raises(failure), replacing(path) as stream:
        stream.write(b"half")
        raise failure
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.ply"]


def test_failing_sync_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.ply"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space.*a\.ply"), replacing(path) as stream:
        stream.write(b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.ply"]


def test_content_is_on_disk_before_the_rename(tmp_path, monkeypatch):
    events = []
    real_fsync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (events.append("fsync"), real_fsync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (events.append("replace"), real_replace(a, b))[1])
    with replacing(tmp_path / "a.ply") as stream:
        stream.write(b"new")
    assert events[:2] == ["fsync", "replace"]


def test_permissions_of_the_old_file_and_the_umask_are_kept(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"")
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        for path in (old, new):
            with replacing(path) as stream:
                stream.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(tmp_path):
    real, link = tmp_path / "real.ply", tmp_path / "link.ply"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with replacing(link) as stream:
        stream.write(b"new")
    assert link.is_symlink() and real.read_bytes() == b"new"


def test_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="ordinary"), replacing(tmp_path / "pipe"):
        pass
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
