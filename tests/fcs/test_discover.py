from pathlib import Path

from cytoflow_blina.fcs.discover import find_fcs_files


def test_files_are_found_in_any_case_and_sorted(tmp_path: Path) -> None:
    names = ["b/Tube.FCS", "a/x.lmd", "a/Data.001", "a.fcs", "b/a.LMD", "c/d/e.fcs"]
    others = [
        "notes.txt",
        "a/x.fcs.txt",
        "fcs",
        "a/.hidden.fcs",
        ".trash/a.fcs",
        "x.01",
    ]
    for name in (*names, *others):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "folder.fcs").mkdir()

    found = find_fcs_files(tmp_path)

    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a/Data.001",
        "a/x.lmd",
        "a.fcs",
        "b/Tube.FCS",
        "b/a.LMD",
        "c/d/e.fcs",
    ]


def test_a_folder_without_files_and_no_folder_give_nothing(tmp_path: Path) -> None:
    assert find_fcs_files(tmp_path) == ()
    assert find_fcs_files(tmp_path / "gone") == ()
