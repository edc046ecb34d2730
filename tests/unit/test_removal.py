"""Deleting by name: only regular files, only inside, only folders that are empty then."""

import os

import pytest

from planrun.edges.backups.removal import remove
from planrun.errors import EnvironmentFault
from sets import tree


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    for name in ("a/b/one", "a/b/two", "a/three"):
        (root / name).write_text(name)
    root.chmod(0o700)
    return root


def test_files_go_with_the_folders_that_they_leave_empty(root):
    remove(root, ["a/b/one", "a/b/two"])
    assert tree(root) == {"a", "a/three"}
    remove(root, ["a/three"])
    assert tree(root) == set()
    remove(root, ["a/three", "a/b/one"])
    assert root.is_dir()


def test_folders_that_a_killed_removal_left_empty_go_by_the_names_of_what_lay_in_them(root):
    for path in ("a/b/one", "a/b/two", "a/three"):
        (root / path).unlink()
    remove(root, ["a/b/one", "a/three"])
    assert tree(root) == set()


def test_links_folders_and_pipes_stay(root, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "one").write_text("mine")
    (root / "link").symlink_to(outside)
    (root / "to_file").symlink_to(outside / "one")
    os.mkfifo(root / "pipe")
    before = tree(root)
    remove(root, ["link/one", "link", "to_file", "pipe", "a", "a/three/x"])
    assert tree(root) == before
    assert (outside / "one").read_text() == "mine"


@pytest.mark.parametrize("name", ["../victim", "a/../../victim", "/etc/victim", "", "a//one", "./a", "a/b/one\0", "a/"])
def test_no_name_leads_out(root, name):
    before = tree(root)
    with pytest.raises(ValueError, match="not a name inside"):
        remove(root, ["a/three", name])
    assert tree(root) == before


def test_a_root_that_others_can_write_is_refused(root):
    root.chmod(0o777)
    with pytest.raises(EnvironmentFault, match="can be written by others"):
        remove(root, ["a/three"])
    assert "a/three" in tree(root)
