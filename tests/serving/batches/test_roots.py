"""Data sets are named beneath the folders that were set, and nowhere else."""

from pathlib import Path

import pytest

from features.errors import InputError
from serving.batches.roots import Roots


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "2025").mkdir(parents=True)
    (root / "2025" / "a.csv").write_text("x")
    (root / "b.csv").write_text("x")
    (tmp_path / "secret.csv").write_text("x")
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "c.csv").write_text("x")
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    (root / "linked").symlink_to(tmp_path / "root-2")
    (root / "inner.csv").symlink_to(root / "b.csv")
    return root


@pytest.mark.parametrize(
    "stated", ["b.csv", "2025", "2025/*.csv", "{root}/b.csv", "inner.csv"]
)
def test_address_beneath_a_root_is_read(root: Path, stated: str) -> None:
    stated = stated.replace("{root}", str(root))
    found = Roots(f"/absent, {root}", "us").address(stated, "claims")
    assert found.startswith(f"{root}/")


@pytest.mark.parametrize(
    "stated",
    [
        "../secret.csv",
        "2025/../../secret.csv",
        "{root}/../secret.csv",
        "{root}-2/c.csv",
        "/etc/passwd",
        "file:///etc/passwd",
        "file://{root}/b.csv",
        "link.csv",
        "linked/c.csv",
        "linked",
        "*.csv",
        "absent.csv",
        "~/b.csv",
        "s3://bucket/key",
        "http://127.0.0.1/a.csv",
        "simplecache::file://{root}/b.csv",
        "zip://a.csv::{root}/b.zip",
        "memory://a.csv",
        "b.csv\x00",
        "b.csv\n",
        "b.csv?endpoint_override=http://127.0.0.1",
        "..\\secret.csv",
        "",
    ],
)
def test_address_elsewhere_is_refused(root: Path, stated: str) -> None:
    stated = stated.replace("{root}", str(root))
    with pytest.raises(InputError, match="beneath the folders") as refused:
        Roots(str(root), "us").address(stated, "claims")
    assert "目录" in refused.value.zh


def test_without_folders_nothing_is_read(root: Path) -> None:
    with pytest.raises(InputError):
        Roots("", "us").address(f"{root}/b.csv", "claims")


def test_tenants_have_folders_of_their_own(root: Path) -> None:
    stated = f"{root.parent}/{{tenant}}"
    assert Roots(stated, "root-2").address("c.csv", "claims").endswith("root-2/c.csv")
    with pytest.raises(InputError):
        Roots(stated, "root").address("c.csv", "claims")
