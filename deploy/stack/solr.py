"""A Solr 9 node of the stack's own, from the jars of Maven Central."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from deploy.stack.keys import Secrets
from deploy.stack.process import Service, StackError, fingerprint
from deploy.stack.settings import LOOPBACK, REPOSITORY, Settings

SOURCES = REPOSITORY / "deploy" / "solr"
USER = "fjgov"
UNITS = {"m": 1, "g": 1024}
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


def libraries(cache: Path) -> Path:
    """Return the folder with Solr's jars, the compiled launcher and tokenizer, filling it once.

    Cost: 95 MB and 15 to 60 s the first time, nothing later. Safe beside another caller.
    Raises: StackError when Maven cannot fetch them.
    """
    tag = fingerprint(
        (SOURCES / "pom.xml").read_text(encoding="utf-8"),
        *(path.read_text(encoding="utf-8") for path in _java()),
    )
    folder = cache / f"solr-{tag}"
    if folder.exists():
        return folder
    with _only_one(cache / "solr.lock"):
        if not folder.exists():
            draft = Path(tempfile.mkdtemp(prefix="solr-", dir=cache))
            _fetch(draft)
            draft.chmod(0o755)
            draft.rename(folder)
    return folder


def _fetch(folder: Path) -> None:
    fetch = ["mvn", "--batch-mode", "--quiet", "--file", str(SOURCES / "pom.xml"), COPY]
    fetch += ["-DincludeScope=runtime", f"-DoutputDirectory={folder / 'lib'}"]
    # A failed download is remembered by Maven for a day unless it is told to ask again.
    _run([*fetch, "--update-snapshots"], "下载 Solr 失败，请检查网络或 Maven 镜像后重试", "fetch")
    compiler = ["javac", "-cp", f"{folder / 'lib'}/*", "-d", str(folder / "classes")]
    _run([*compiler, *map(str, _java())], "编译 Solr 启动程序失败", "compile")


def _java() -> list[Path]:
    """Give the sources of ours: the launcher, and classes that the index schema names."""
    return sorted(SOURCES.rglob("*.java"))


def _run(command: list[str], zh: str, en: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise StackError(f"没有找到 {error.filename}，请运行 make run / not installed") from error
    if done.returncode:
        output = (done.stdout + done.stderr).strip()[-2000:]
        raise StackError(f"{zh} / Solr: could not {en}, check network or mirror:\n{output}")


def megabytes(heap: str) -> int:
    """Give a size of the Java heap, written as for -Xmx ("512m", "1g"), in megabytes.

    Raises: StackError when it is written in another way.
    """
    number, unit = heap[:-1], heap[-1:].lower()
    if not number.isdecimal() or unit not in UNITS:
        raise StackError(f"FJGOV_SOLR_HEAP={heap}：应写作 512m 或 1g / write it like 512m or 1g")
    return int(number) * UNITS[unit]


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for another process that holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# The state of a core's log, and the value that it has when nothing is left to replay.
LOG_STATE, LOG_ACTIVE = "TLOG.state", 3


class Solr:
    """The Solr node of one stack: one core per site, all with one configset."""

    name = "solr"

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secret = secrets.get("solr")
        self.home = settings.base / "solr"
        self.url = f"http://{LOOPBACK}:{settings.ports.solr}/solr"

    @property
    def auth(self) -> tuple[str, str]:
        """User and password that every request must carry."""
        return USER, self._secret

    def service(self) -> Service:
        """Lay out the home folder and return how to run the node."""
        folder = libraries(self._settings.cache)
        # Solr looks for its cores when it starts.
        mark = fingerprint(self._lay_out(), *(node.core for node in self._settings.nodes))
        heap = self._settings.solr_heap
        command = [
            "java",
            f"-Xms{heap}",
            f"-Xmx{heap}",
            # Two cores and small heaps: the serial collector pauses for milliseconds here and
            # leaves the second core to the sites.
            "-XX:+UseSerialGC",
            # Its heap is in use as a whole: large pages spare the walk through many small ones.
            "-XX:+UseTransparentHugePages",
            "-XX:+ExitOnOutOfMemoryError",
            f"-Dfjgov.port={self._settings.ports.solr}",
            f"-Dfjgov.buffer={megabytes(heap) // 4}",
            f"-Dsolr.solr.home={self.home}",
            f"-Dlog4j2.configurationFile={SOURCES / 'log4j2.xml'}",
            "-Dfile.encoding=UTF-8",
            "-cp",
            f"{folder / 'classes'}:{folder / 'lib'}/*",
            "SolrNode",
        ]
        environ = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LC_ALL": "C.UTF-8",
            "FJGOV_SOLR_AUTH": ":".join(self.auth),
        }
        return Service(self.name, command, fingerprint(mark, *command), environ, self.home)

    def _lay_out(self) -> str:
        """Copy the configuration into the home folder; return a digest of it."""
        configset = self.home / "configsets" / "fjgov" / "conf"
        shutil.rmtree(configset, ignore_errors=True)
        shutil.copytree(SOURCES / "configset", configset)
        shutil.copy(SOURCES / "solr.xml", self.home / "solr.xml")
        for node in self._settings.nodes:
            core = self.home / "cores" / node.core
            core.mkdir(parents=True, exist_ok=True)
            properties = f"name={node.core}\nconfigSet=fjgov\n"
            (core / "core.properties").write_text(properties, encoding="utf-8")
        files = sorted(configset.iterdir())
        return fingerprint(*(path.read_text(encoding="utf-8") for path in files))

    def healthy(self) -> bool:
        """Return whether every core of the sites answers a search and has replayed its log."""
        cores = [node.core for node in self._settings.nodes]
        try:
            return all(map(self._answers, cores)) and self._replayed(cores)
        except requests.RequestException:
            return False

    def _answers(self, core: str) -> bool:
        return requests.get(f"{self.url}/{core}/select?q=*:*&rows=0", auth=self.auth, timeout=5).ok

    def _replayed(self, cores: Sequence[str]) -> bool:
        """Until then searches miss what came after the last commit, and commits do nothing."""
        told = requests.get(
            f"{self.url}/admin/metrics?group=core&prefix={LOG_STATE}&compact=true",
            auth=self.auth,
            timeout=5,
        ).json()
        states = (told["metrics"].get(f"solr.core.{core}", {}).get(LOG_STATE) for core in cores)
        return all(state == LOG_ACTIVE for state in states)

    def add_core(self, name: str, configset: Path | None = None) -> str:
        """Create core `name` on the running node unless it exists, and return its address.

        Args: `configset` is a folder with another schema (e.g. CKAN's own, for a comparison);
        without it the catalog's configset is used.
        Raises: StackError with Solr's answer when it refuses.
        """
        listing = requests.get(
            f"{self.url}/admin/cores?action=STATUS&core={name}", auth=self.auth, timeout=30
        )
        if not listing.json()["status"].get(name):
            used = "fjgov"
            if configset is not None:
                used = name
                target = self.home / "configsets" / used / "conf"
                shutil.copytree(configset, target, dirs_exist_ok=True)
            instance = self.home / "cores" / name
            answer = requests.get(
                f"{self.url}/admin/cores",
                params={
                    "action": "CREATE",
                    "name": name,
                    "configSet": used,
                    "instanceDir": str(instance),
                },
                auth=self.auth,
                timeout=60,
            )
            if not answer.ok:
                raise StackError(f"Solr 未能建立核心 {name} / cannot create core:\n{answer.text}")
        return f"{self.url}/{name}"
