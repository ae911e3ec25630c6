"""The command palette and the dialog that opens files, from keys to states."""

from __future__ import annotations

import os

import pytest

from glviz.ui.open_dialog import OpenDialog, completed, listing, meant
from glviz.ui.palette import Palette, entries, found
from glviz.ui.search import score
from glviz.ui.state import Request

from .conftest import WINDOW


def typed(driver, text) -> None:
    for letter in text:
        driver.io.add_input_character(ord(letter))
        driver.frames()
    driver.frames(2)


# --- what is meant ---------------------------------------------------------------------


def test_better_fits_come_first():
    names = ["Save a picture", "Show or hide the panel", "Colour: shading", "Parallel or perspective"]
    for letters, wanted in (("pict", 0), ("panel", 1), ("shad", 2), ("prsp", 3), ("PERS par", 3)):
        marks = [score(letters, name) for name in names]
        assert max(range(4), key=lambda k: -1.0 if marks[k] is None else marks[k]) == wanted
    assert score("xyz", names[0]) is None


def test_every_command_and_every_choice_is_listed_once(driver):
    titles = [entry.title for entry in entries(driver.state)]
    assert len(set(titles)) == len(titles)
    for title in ("Undo", "Save a picture", "Colour: map, cividis", "Height: scale, log", "Features: minima"):
        assert title in titles


def test_a_number_behind_a_name_is_a_value(driver):
    best = found("levels 20", entries(driver.state), driver.state)[0]
    assert best.step(driver.state).settings.contour_count == 20
    refused = found("levels 2000", entries(driver.state), driver.state)
    assert not any(entry.enabled for entry in refused if "2000" in entry.title)
    azimuth = found("azimuth -12.5", entries(driver.state), driver.state)[0]
    assert azimuth.step(driver.state).camera.azimuth == -12.5


def test_every_entry_can_be_chosen(driver):
    for entry in entries(driver.state):
        if entry.enabled:
            driver.state = entry.step(driver.state)
            driver.state = driver.state if not driver.state.requests else _without_requests(driver.state)
    assert driver.log == []


def _without_requests(state):
    from dataclasses import replace

    return replace(state, requests=())


# --- the palette in the window -----------------------------------------------------------


@pytest.mark.parametrize("key", ["Ctrl+P", "Ctrl+K"])
def test_a_setting_is_found_and_made_by_keys_alone(driver, key):
    assert driver.key(key).dialog == "palette"
    typed(driver, "map civ")
    state = driver.key("Enter")
    assert state.settings.colormap == "cividis"
    assert state.dialog == ""
    assert driver.key("Ctrl+Z").settings.colormap == "viridis"
    assert driver.log == []


def test_arrows_go_down_the_list_and_letters_are_no_keys(driver):
    driver.key("Ctrl+P")
    typed(driver, "height: scale")
    wanted = found("height: scale", entries(driver.state), driver.state)[2].title.rpartition(", ")[2]
    driver.key("Down")
    driver.key("Down")
    assert driver.key("Enter").settings.height_scale == wanted
    driver.key("Ctrl+P")
    typed(driver, "c")
    driver.key("C")
    assert driver.state.settings.contours
    state = driver.key("Esc")
    assert (state.dialog, state.quit) == ("", False)
    assert not driver.key("C").settings.contours


@pytest.mark.parametrize("key", ["Ctrl+P", "Ctrl+O"])
def test_a_dialog_that_waits_for_letters_costs_no_frames(driver, key):
    from imgui_bundle import imgui

    driver.key(key)
    driver.frames(5)
    assert imgui.get_io().want_text_input and not driver.interface.moving


def test_a_click_beside_it_closes_the_palette(driver):
    driver.key("Ctrl+P")
    driver.click(WINDOW[0] - 20, WINDOW[1] - 200)
    assert driver.state.dialog == ""


# --- files -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "runs").mkdir()
    for name in ("alpha.ply", "beta.ply", "notes.txt", ".hidden.ply", "runs/late.ply", "runs/later.ply"):
        (tmp_path / name).write_bytes(b"x" * 2500)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_lists_folders_then_files_that_can_be_opened(folder):
    assert [item.path.name for item in listing(folder, (".ply",))] == ["runs", "alpha.ply", "beta.ply"]
    assert listing(folder / "nowhere", (".ply",)) == []


def test_tab_completes_as_far_as_names_agree(folder):
    items = listing(folder / "runs", (".ply",))
    assert completed(f"{folder}/runs/l", items) == f"{folder}/runs/late"
    assert completed(f"{folder}/ru", listing(folder, (".ply",))) == f"{folder}/runs/"
    assert completed(f"{folder}/x", items) == f"{folder}/x"


def test_what_is_typed_narrows_the_list_and_an_exact_path_is_always_there(folder):
    dialog = OpenDialog(tuple, (".ply",))
    dialog._files = (folder / "beta.ply",)
    assert [item.recent for item in dialog.items(f"{folder}{os.sep}")] == [True, False, False, False]
    assert [item.path.name for item in dialog.items(f"{folder}/bet")] == ["beta.ply"]
    assert dialog.items(f"{folder}/notes.txt")[0].path.name == "notes.txt"


@pytest.mark.parametrize(
    ("typed", "path"),
    [("/tmp/a/b.csv", "/tmp/a/b.csv"), ("/tmp/a//tmp/b/st.csv", "/tmp/b/st.csv"), ("/tmp/a//", "/"),
     ("/tmp//x//y/z", "/y/z"), ("/tmp/a/~/b.ply", "{home}/b.ply"), ("/tmp/a/~", "{home}"),
     ("~/b", "{home}/b"), ("/tmp/a/~old.ply", "/tmp/a/~old.ply"), ("", "")],
)  # fmt: skip
def test_a_whole_path_behind_the_folder_is_taken_as_it_is(typed, path):
    assert meant(typed, drives=False) == path.format(home=os.path.expanduser("~"))


def test_a_drive_behind_the_folder_begins_there():
    assert meant("C:\\runs\\D:\\a.ply", drives=True) == "D:\\a.ply"
    assert meant("C:/runs/D:/a.ply", drives=True) == "D:/a.ply"
    assert meant("\\\\server\\share\\a.ply", drives=True) == "\\\\server\\share\\a.ply"


def test_a_whole_path_is_typed_into_the_dialog(driver, folder):
    driver.interface._open_dialog._folder = folder
    driver.key("Ctrl+O")
    typed(driver, f"{folder}/runs/late")
    driver.key("Tab")
    driver.frames(2)
    assert driver.interface._open_dialog._chooser.text == f"{folder}/runs/late"
    typed(driver, "r.ply")
    assert driver.key("Enter").requests == (Request("file.open", str(folder / "runs" / "later.ply")),)


def test_a_file_is_opened_by_keys_alone(driver, folder):
    driver.interface._open_dialog._folder = folder
    assert driver.key("Ctrl+O").dialog == "open"
    typed(driver, "ru")
    driver.key("Tab")
    driver.frames(2)
    assert driver.interface._open_dialog._chooser.text == f"{folder}/runs/"
    typed(driver, "later")
    state = driver.key("Enter")
    assert state.requests == (Request("file.open", str(folder / "runs" / "later.ply")),)
    assert state.dialog == ""
    assert driver.log == []


def test_the_palette_offers_files_opened_lately(driver, folder):
    driver.interface._palette = Palette(lambda: (folder / "beta.ply",))
    driver.key("Ctrl+P")
    typed(driver, "open beta")
    assert driver.key("Enter").requests == (Request("file.open", str(folder / "beta.ply")),)
