#!/usr/bin/env python3
"""Install what a bare Debian 12 lacks: `install.py run|test|dev`. Standard library only.

`run` is what the sites need, `dev` adds the Python tools of checks and unit tests, `test` adds a
browser for page tests and the environments of stock CKAN, which harvests our nodes in tests. What
is there already is left alone; a second run takes a moment.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DEPLOY = REPOSITORY / "deploy"
VENV = REPOSITORY / ".venv"
STOCK = DEPLOY / "requirements-stock.txt"
_DEV = ("deploy/requirements-dev.txt", "deploy/requirements-shapes.txt")
POLICY = Path("/usr/sbin/policy-rc.d")
CLUSTERS = Path("/etc/postgresql-common/createcluster.d/fjgov.conf")


class InstallError(Exception):
    """A step failed; the message says in Chinese and English what to do."""


def main() -> int:
    """Install for the named purpose; return 0, or 1 with a message."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    if purpose not in {"run", "dev", "test"} or sys.version_info < (3, 10):
        print("install.py run|dev|test，需要 Python 3.10 以上 / needs Python 3.10 or newer")
        return 1
    try:
        with _one_at_a_time():
            _packages(purpose)
            _virtual_environment(dev=purpose != "run")
            if purpose == "test":
                _stock_environment()
                _harvest_environment()
    except InstallError as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Make `make run` and `make test` started together install one after the other."""
    folder = REPOSITORY / ".run"
    folder.mkdir(exist_ok=True)
    with (folder / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def missing_packages(purpose: str) -> list[str]:
    """Return the Debian packages to install for `purpose`; files found show what is there."""
    fresh = not (VENV / "bin" / "python").exists()
    services = purpose != "dev"
    postgres = any(Path("/usr/lib/postgresql").glob("1[5-9]/bin/initdb"))
    java = shutil.which("javac") is not None
    wanted = {
        "ca-certificates": not Path("/etc/ssl/certs/ca-certificates.crt").exists(),
        "postgresql-15": services and not postgres,
        "redis-server": services and shutil.which("redis-server") is None,
        "openjdk-17-jdk-headless": services and not java,
        "maven": services and shutil.which("mvn") is None,
        # CKAN's file type detection loads the library by name.
        "libmagic1": _lacks("libmagic.so.1"),
        # PDF of application forms: text layout, subsets of fonts, and a font with Chinese.
        "libpango-1.0-0": _lacks("libpango-1.0.so.0"),
        "libpangoft2-1.0-0": _lacks("libpangoft2-1.0.so.0"),
        "libharfbuzz-subset0": _lacks("libharfbuzz-subset.so.0"),
        "fonts-noto-cjk": not Path("/usr/share/fonts/opentype/noto").exists(),
        "python3-venv": fresh and not _has_module("ensurepip"),
        # psycopg2 has no ready-made wheel and is compiled once.
        "gcc": fresh and shutil.which("gcc") is None,
        "libc6-dev": fresh and not Path("/usr/include/stdio.h").exists(),
        "libpq-dev": fresh and shutil.which("pg_config") is None,
        "python3-dev": fresh and not _has_headers(),
    }
    if purpose == "test":
        wanted["chromium"] = shutil.which("chromium") is None
    return [name for name, needed in wanted.items() if needed]


def _lacks(library: str) -> bool:
    return not any(Path("/usr/lib").glob(f"*/{library}"))


def _has_module(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def _has_headers() -> bool:
    import sysconfig

    return (Path(sysconfig.get_path("include")) / "Python.h").exists()


def _packages(purpose: str) -> None:
    missing = missing_packages(purpose)
    if not missing:
        return
    names = " ".join(missing)
    print(f"安装系统软件 / installing packages: {names}", flush=True)
    advice = f"apt-get install --no-install-recommends {names}"
    if shutil.which("apt-get") is None:
        raise InstallError(
            f"缺少软件：{names}。本机没有 apt，请用系统的方式安装后重试 / install these, then retry"
        )
    if os.geteuid() != 0:
        raise InstallError(
            f"缺少软件，请让管理员执行 / missing packages, ask an administrator to run:\n  {advice}"
        )
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    with _nothing_started():
        for command in (["apt-get", "update", "-qq"], install):
            # Mirrors drop connections now and then: one more try is cheap.
            for attempt in (1, 2):
                done = subprocess.run(
                    command, env=environ, capture_output=True, text=True, check=False
                )
                if done.returncode == 0:
                    break
                time.sleep(3 * attempt)
            else:
                tail = (done.stdout + done.stderr)[-2000:]
                raise InstallError(
                    "安装系统软件失败，请检查网络和 /etc/apt 软件源，然后重试 / apt failed, check "
                    f"network and package sources, then retry:\n  {advice}\n{tail}"
                )


@contextlib.contextmanager
def _nothing_started() -> Iterator[None]:
    """Keep packages from starting services or making a cluster of Debian's own.

    Both guards are removed afterwards, and a policy that was there before is put back.
    """
    kept = POLICY.with_name("policy-rc.d.before-fjgov")
    had_policy = POLICY.exists() or POLICY.is_symlink()
    had_clusters = shutil.which("pg_createcluster") is not None
    if had_policy:
        POLICY.rename(kept)
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    if not had_clusters:
        CLUSTERS.parent.mkdir(parents=True, exist_ok=True)
        CLUSTERS.write_text("create_main_cluster = false\n", encoding="utf-8")
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
        if had_policy:
            kept.rename(POLICY)
        if not had_clusters:
            CLUSTERS.unlink(missing_ok=True)


def _virtual_environment(*, dev: bool) -> None:
    """Create `.venv` and install the pinned requirements and this project, editable."""
    python = VENV / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(VENV)], "建立虚拟环境 / virtual environment")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if _stale("run", ("deploy/requirements.txt", "setup.py", "pyproject.toml")):
        print("安装 Python 依赖 / installing Python requirements …", flush=True)
        requirements = str(DEPLOY / "requirements.txt")
        _run([*pip, "-r", requirements, "-e", str(REPOSITORY)], "安装 Python 依赖 / pip install")
        _stamp("run", ("deploy/requirements.txt", "setup.py", "pyproject.toml"))
    if dev and _stale("dev", _DEV):
        print("安装检查和测试工具 / installing tools of checks and tests …", flush=True)
        tools, shapes = (str(REPOSITORY / name) for name in _DEV)
        _run([*pip, "-r", tools], "安装测试工具 / pip install")
        _run([*pip, "--no-deps", "-r", shapes], "安装测试数据 / pip install")
        _stamp("dev", _DEV)


def stock_python() -> Path:
    """Return the interpreter of an environment with stock CKAN, ckanext-harvest and -dcat only.

    Cost: the first time a minute and 300 MB below the folder of downloads, later nothing.
    Raises: InstallError when it cannot be made.
    """
    with _one_at_a_time():
        return _stock_environment()


def harvest_python() -> Path:
    """Return the interpreter of an environment with all of `.venv` and ckanext-harvest besides.

    Cost: the first time some seconds, later nothing.
    Raises: InstallError when it cannot be made.
    """
    with _one_at_a_time():
        return _harvest_environment()


def _stock_environment() -> Path:
    return _side_environment("stock-env", ["-r", str(STOCK)], "")


def _harvest_environment() -> Path:
    lines = STOCK.read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line.startswith("ckanext-harvest")]
    (site,) = VENV.glob("lib/python3*/site-packages")
    # Several checkouts may share the folder of downloads.
    name = f"harvest-env-{hashlib.sha256(str(site).encode()).hexdigest()[:8]}"
    # Reads the .pth files there, too: that is how the editable project is found.
    return _side_environment(name, wanted, f"import site; site.addsitedir({str(site)!r})")


def _side_environment(name: str, wanted: list[str], path_line: str) -> Path:
    """Make a virtual environment below the folder of downloads; return its interpreter."""
    folder = Path(os.environ.get("FJGOV_CACHE") or REPOSITORY / ".run" / "cache").resolve() / name
    python, stamp = folder / "bin" / "python", folder / ".fjgov"
    text = f"{STOCK.read_text(encoding='utf-8')}\n{path_line}\n{sys.version_info[:2]}\n{folder}"
    mark = hashlib.sha256(text.encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == mark:
        return python
    print(f"建立环境 / making the environment {name} …", flush=True)
    # A half-made one is begun anew: what an interruption left cannot be told from what belongs.
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", str(folder)], "建立虚拟环境 / virtual environment")
    if path_line:
        (site,) = folder.glob("lib/python3*/site-packages")
        (site / "fjgov.pth").write_text(f"{path_line}\n", encoding="utf-8")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *wanted], f"安装 {name} / pip install")
    stamp.write_text(mark, encoding="utf-8")
    return python


def _digest(files: tuple[str, ...]) -> str:
    text = b"\0".join((REPOSITORY / name).read_bytes() for name in files)
    return hashlib.sha256(text + str(REPOSITORY).encode()).hexdigest()


def _stale(name: str, files: tuple[str, ...]) -> bool:
    stamp = VENV / f".fjgov-{name}"
    return not stamp.exists() or stamp.read_text(encoding="utf-8") != _digest(files)


def _stamp(name: str, files: tuple[str, ...]) -> None:
    (VENV / f".fjgov-{name}").write_text(_digest(files), encoding="utf-8")


def _run(command: list[str], what: str) -> None:
    """Run a step, once more if it fails: downloads break off at times."""
    for attempt in (1, 2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(3 * attempt)
    tail = (done.stdout + done.stderr)[-3000:]
    raise InstallError(
        f"{what}：失败。请检查网络或 pip 镜像后重试，仍失败时删除 .venv 再试 / failed: "
        f"check the network or pip's index and retry; if it stays, remove .venv first\n{tail}"
    )


if __name__ == "__main__":
    sys.exit(main())
