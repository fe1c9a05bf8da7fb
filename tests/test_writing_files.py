"""Writing files: whole or not at all, one sentence if not, and nothing that hinders the next one."""
from __future__ import annotations

import errno
import multiprocessing
import os
import re

import pytest

from neurosim import writing
from neurosim.errors import InputError, NeurosimError
from neurosim.writing import ensure_folder, put_folder, write_bytes, write_new, write_text


def failing(code):
    def fail(*arguments, **named):
        raise OSError(code, os.strerror(code))
    return fail


def part_of(name, pid, number=0):
    """The name under which a process writes a file."""
    start = f".{writing.hashlib.sha256(name.encode()).hexdigest()[:12]}-{writing._machine()}-"
    return f"{start}{pid}-{number}.part"


@pytest.fixture
def dead():
    """The number of a process that is over."""
    process = multiprocessing.get_context("fork").Process(target=int)
    process.start()
    process.join()
    return process.pid


def test_what_is_written_is_there_and_nothing_else(tmp_path):
    write_text(tmp_path / "a.txt", "grün\n\ud800")
    write_bytes(tmp_path / "a.bin", memoryview(b"\0\1"))
    write_new(tmp_path / "new", "x")
    put_folder(tmp_path / "folder", {"one": "x", "in/two": b"\0"})
    assert (tmp_path / "a.txt").read_bytes() == "grün\n\\ud800".encode() and (tmp_path / "a.bin").read_bytes() == b"\0\1"
    assert (tmp_path / "folder" / "in" / "two").read_bytes() == b"\0"
    assert sorted(os.listdir(tmp_path)) == ["a.bin", "a.txt", "folder", "new"] and sorted(os.listdir(tmp_path / "folder")) == ["in", "one"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch, call, old):
    if old:
        (tmp_path / "a").write_bytes(old)
    monkeypatch.setattr(writing.os, call, failing(errno.ENOSPC))
    with pytest.raises(NeurosimError, match=re.escape("a: cannot be written (No space left on device)")):
        write_bytes(tmp_path / "a", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({"a": old} if old else {})


@pytest.mark.parametrize("name", ["file/a", "nowhere/a", "nul\0a", "x" * 300, "folder", "sur\ud800rogate"])
@pytest.mark.parametrize("write", [write_text, write_new, lambda path, text: put_folder(path, {"x": text})])
def test_a_place_where_nothing_can_be_written_is_one_sentence(tmp_path, name, write):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "precious").write_text("x")
    with pytest.raises(NeurosimError, match="cannot be written|already exists"):
        write(tmp_path / name, "hi")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"] and os.listdir(tmp_path / "folder") == ["precious"]


def test_a_fault_of_the_program_is_not_taken_for_one_of_the_disk(tmp_path, monkeypatch):
    def fault(descriptor):
        raise ValueError("a fault")
    monkeypatch.setattr(writing.os, "fsync", fault)
    with pytest.raises(ValueError, match="^a fault$"):
        write_text(tmp_path / "a", "x")
    assert not os.listdir(tmp_path)


def test_a_path_without_a_name_is_one_sentence():
    with pytest.raises(NeurosimError, match="cannot be written"):
        write_text("/", "x")


def test_that_the_unfinished_file_cannot_be_removed_hides_no_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(writing.os, "replace", failing(errno.EROFS))
    monkeypatch.setattr("pathlib.Path.unlink", failing(errno.EROFS))
    with pytest.raises(NeurosimError, match="Read-only file system"):
        write_text(tmp_path / "a", "x")


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path):
    write_text(tmp_path / ("x" * 255), "hi")
    assert os.listdir(tmp_path) == ["x" * 255]


def test_what_a_dead_process_left_of_the_same_file_goes_with_the_next_write(tmp_path, dead):
    (tmp_path / part_of("a", dead)).write_text("half")
    (tmp_path / part_of("a", dead, 3)).mkdir()
    (tmp_path / part_of("a", dead, 3) / "half").write_text("half")
    (tmp_path / part_of("b", dead)).write_text("of another file")
    (tmp_path / part_of("a", os.getppid())).write_text("by a process that lives")
    write_text(tmp_path / "a", "x")
    assert sorted(os.listdir(tmp_path)) == sorted(["a", part_of("b", dead), part_of("a", os.getppid())])


def test_what_this_process_writes_now_is_not_taken_for_a_rest(tmp_path, monkeypatch):
    def another(part, path):
        monkeypatch.undo()
        write_text(path, "inner")
        os.replace(part, path)
    monkeypatch.setattr(writing.os, "replace", another)
    write_text(tmp_path / "a", "outer")
    assert (tmp_path / "a").read_text() == "outer" and os.listdir(tmp_path) == ["a"]


def test_a_name_that_a_former_process_of_this_number_used_is_free_again(tmp_path):
    for number in range(3):
        (tmp_path / part_of("a", os.getpid(), 10**6 + number)).write_text("half")
    write_text(tmp_path / "a", "x")
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_what_must_be_new_is_refused_if_it_is_there(tmp_path, kind):
    place = tmp_path / "out"
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_text("x")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="out: already exists"):
        write_new(place, "y")
    assert os.listdir(tmp_path) == ["out"]


def test_what_must_be_new_is_refused_if_it_comes_between(tmp_path, monkeypatch):
    link = os.link

    def late(part, path):
        path.write_text("theirs")
        link(part, path)
    monkeypatch.setattr(writing.os, "link", late)
    with pytest.raises(InputError, match="already exists"):
        write_new(tmp_path / "a", "ours")
    assert (tmp_path / "a").read_text() == "theirs" and os.listdir(tmp_path) == ["a"]


def test_a_file_system_without_links_takes_new_files_too(tmp_path, monkeypatch):
    monkeypatch.setattr(writing.os, "link", failing(errno.EPERM))
    write_new(tmp_path / "a", "x")
    assert (tmp_path / "a").read_text() == "x" and os.listdir(tmp_path) == ["a"]
    monkeypatch.setattr(writing.os, "link", failing(errno.ENOSPC))
    with pytest.raises(NeurosimError, match="No space"):
        write_new(tmp_path / "b", "x")


def test_a_folder_that_comes_between_is_left_alone_and_an_empty_one_is_taken(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    put_folder(tmp_path / "empty", {"a": "x"})
    rename = os.rename

    def late(part, folder):
        put_folder_of_others(folder)
        rename(part, folder)

    def put_folder_of_others(folder):
        folder.mkdir()
        (folder / "theirs").write_text("x")
    monkeypatch.setattr(writing.os, "rename", late)
    with pytest.raises(InputError, match="already exists"):
        put_folder(tmp_path / "out", {"ours": "x"})
    assert os.listdir(tmp_path / "out") == ["theirs"] and os.listdir(tmp_path / "empty") == ["a"]
    assert sorted(os.listdir(tmp_path)) == ["empty", "out"]


def test_file_and_folder_are_flushed_to_the_disk(tmp_path, monkeypatch):
    flushed, fsync = [], os.fsync
    monkeypatch.setattr(writing.os, "fsync", lambda descriptor: (
        flushed.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))), fsync(descriptor)))
    write_text(tmp_path / "a", "x")
    assert flushed[0].endswith(".part") and flushed[1:] == [tmp_path.name]
    flushed.clear()
    put_folder(tmp_path / "b", {"c": "x", "d/e": "y"})
    assert flushed[:2] == ["c", "e"] and sorted(flushed[2:])[1:] == ["d", tmp_path.name] and flushed[-1] == tmp_path.name


@pytest.mark.parametrize("code, is_error", [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_system_that_cannot_flush_folders_is_no_error_but_a_broken_disk_is(tmp_path, monkeypatch, code, is_error):
    fsync = os.fsync
    monkeypatch.setattr(writing.os, "fsync", lambda descriptor: (
        failing(code)() if os.path.isdir(f"/proc/self/fd/{descriptor}") else fsync(descriptor)))
    if is_error:
        with pytest.raises(NeurosimError, match="cannot be written"):
            write_text(tmp_path / "a", "x")
    else:
        write_text(tmp_path / "a", "x")
    assert (tmp_path / "a").read_text() == "x"


def test_a_folder_that_cannot_be_made_is_one_sentence_and_one_that_is_there_is_none(tmp_path):
    ensure_folder(tmp_path / "a" / "b")
    ensure_folder(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("x")
    with pytest.raises(NeurosimError, match="cannot be written"):
        ensure_folder(tmp_path / "file" / "b")


def test_a_folder_can_hold_empty_folders(tmp_path):
    put_folder(tmp_path / "a", {"cases/": ""})
    assert os.listdir(tmp_path / "a") == ["cases"] and (tmp_path / "a" / "cases").is_dir()
