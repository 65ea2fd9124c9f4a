"""The package installs as a wheel, from an sdist and in place, with all its data files."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

NEEDED = (
    "ckanext/fjgov/config_declaration.yaml",
    "ckanext/fjgov/py.typed",
    "ckanext/fjgov/schemas/catalog_entry.yaml",
    "ckanext/fjgov/schemas/unit.yaml",
    "ckanext/fjgov/vocabularies/topics.yaml",
    "ckanext/fjgov/vocabularies/shapes.ttl",
    "ckanext/fjgov/harvesters/node.py",
    "ckanext/fjgov/migration/fjgov/alembic.ini",
    "ckanext/fjgov/migration/fjgov/versions/001_tables.sql",
    "ckanext/fjgov/web/assets/webassets.yml",
    "ckanext/fjgov/web/templates/fjgov/share_refused.html",
)


def built(kind: str, source: Path, target: Path) -> Path:
    """Build one distribution of a copy of the sources and give its path."""
    code = f"import sys; from setuptools import build_meta as b;print(b.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        cwd=source, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return target / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tracked files, so that building leaves nothing behind in the checkout."""
    folder = tmp_path_factory.mktemp("sources")
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listing.stdout.splitlines():
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    return folder


def test_wheel_holds_code_and_data_and_no_ckanext_init(sources: Path, tmp_path: Path) -> None:
    names = set(zipfile.ZipFile(built("wheel", sources, tmp_path)).namelist())
    assert [name for name in NEEDED if name not in names] == []
    assert "ckanext/__init__.py" not in names
    assert not any("__pycache__" in name or name.startswith("tests/") for name in names)


def test_wheel_of_the_sdist_equals_the_wheel_of_the_sources(sources: Path, tmp_path: Path) -> None:
    direct = set(zipfile.ZipFile(built("wheel", sources, tmp_path)).namelist())
    archive = built("sdist", sources, tmp_path)
    unpacked = tmp_path / "unpacked"
    subprocess.run(
        ["tar", "-xf", str(archive), "--one-top-level=unpacked"], cwd=tmp_path, check=True
    )
    inner = next(unpacked.iterdir())
    again = set(zipfile.ZipFile(built("wheel", inner, tmp_path / "again")).namelist())
    assert again == direct


def test_installed_package_answers_from_the_wheel_alone(sources: Path, tmp_path: Path) -> None:
    wheel = built("wheel", sources, tmp_path)
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    code = (
        "from ckanext.fjgov.core.catalog.schema_model import load_schema;"
        "from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary;"
        "import ckanext.fjgov as f;"
        "print(f.__file__, len(load_schema('catalog_entry.yaml').fields),"
        " len(load_vocabulary('topics').concepts))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = sys.argv[1:]; {code}",
         str(target), *[path for path in sys.path if path.endswith("site-packages")]],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    place, fields, topics = done.stdout.split()
    assert place.startswith(str(target))
    assert int(fields) > 40
    assert int(topics) == 154
