"""What a stack consists of: nodes, ports, folders. Plain values, stored beside the data."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
DEFAULT_PLUGINS = "fjgov scheming_datasets scheming_organizations dcat structured_data datastore"


@dataclass(frozen=True, slots=True)
class Node:
    """One catalog site.

    `prefix` is the identifier prefix of GB/T 21063.3 resID values that this node allocates, and a
    `light` site has one web process only.
    """

    key: str
    code: str
    level: str
    name: str
    prefix: str
    parent: str
    title: str
    port: int
    redis_db: int
    light: bool = False

    @property
    def site_id(self) -> str:
        """Name of the site in Redis, Solr and as CKAN's site user."""
        return f"fjgov-{self.key}"

    @property
    def database(self) -> str:
        """Name of the node's database and of the role that owns it."""
        return f"fjgov_{self.key}"

    @property
    def datastore(self) -> str:
        """Name of the database of the node's mounted tables, which the node's role owns."""
        return f"{self.database}_datastore"

    @property
    def datastore_reader(self) -> str:
        """Name of the role that only reads mounted tables."""
        return f"{self.database}_reader"

    @property
    def core(self) -> str:
        """Name of the node's Solr core."""
        return f"fjgov_{self.key}"

    @property
    def url(self) -> str:
        """Address of the site as its readers see it."""
        return f"http://{LOOPBACK}:{self.port}"


# 省数字办 of the samples, key szb of deploy/samples/province/units.yaml.
PROVINCE_OFFICE = "11350000EXMP000137"

NODES: Mapping[str, Node] = {
    "province": Node(
        "province", "350000", "province", "福建省", "35000", "", "福建省政务信息目录", 5000, 0
    ),
    "fuzhou": Node(
        "fuzhou", "350100", "city", "福州市", "35100", "350000", "福州市政务信息目录", 5001, 1
    ),
    "xiamen": Node(
        "xiamen", "350200", "city", "厦门市", "35200", "350000", "厦门市政务信息目录", 5002, 2
    ),
}

# Key, division, name and prefix of the cities that `make run CITIES=10` adds, in this order.
_MORE = (
    ("putian", "350300", "莆田市", "35300"),
    ("sanming", "350400", "三明市", "35400"),
    ("quanzhou", "350500", "泉州市", "35500"),
    ("zhangzhou", "350600", "漳州市", "35600"),
    ("nanping", "350700", "南平市", "35700"),
    ("longyan", "350800", "龙岩市", "35800"),
    ("ningde", "350900", "宁德市", "35900"),
    ("pingtan", "350128", "平潭县", "35A00"),
)
MORE_CITIES: tuple[Node, ...] = tuple(
    Node(
        key, code, "city", name, prefix, "350000", f"{name}政务信息目录", 5021 + place, 3 + place,
        light=True,
    )
    for place, (key, code, name, prefix) in enumerate(_MORE)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of the shared services and of the recorded cities, all on loopback."""

    postgres: int = 15432
    redis: int = 16379
    solr: int = 18983
    recorded: int = 5010


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that distinguishes one stack from another.

    `durable` False turns off fsync and is for tests whose data are thrown away.
    `web_workers` processes of `web_threads` threads serve each site, and `job_workers` processes
    carry out its jobs, such as syncs of several nodes at once. `recorded` are the division codes of
    cities without a site, whose catalogs are served from files.
    """

    base: Path
    cache: Path
    ports: Ports
    nodes: tuple[Node, ...]
    durable: bool = True
    plugins: str = DEFAULT_PLUGINS
    web_workers: int = 2
    web_threads: int = 4
    job_workers: int = 1
    solr_heap: str = "512m"
    recorded: tuple[str, ...] = ()

    def node(self, key: str) -> Node:
        """Return the node called `key`.

        Raises: KeyError with the known names when there is none.
        """
        for node in self.nodes:
            if node.key == key:
                return node
        known = ", ".join(node.key for node in self.nodes)
        raise KeyError(f"没有名为 {key} 的节点 / no node named {key}; known: {known}")

    def ini(self, node: Node) -> Path:
        """Return the path of the configuration file of `node`."""
        return self.base / node.key / "ckan.ini"

    def save(self) -> None:
        """Write the settings beside the data, for `stop`, `status` and the watcher."""
        self.base.mkdir(parents=True, exist_ok=True)
        values = asdict(self) | {"base": str(self.base), "cache": str(self.cache)}
        text = json.dumps(values, ensure_ascii=False, indent=1)
        (self.base / "stack.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, base: Path) -> Settings:
        """Read the settings of the stack that lives in `base`.

        Raises: FileNotFoundError when no stack was ever started there.
        """
        values: dict[str, Any] = json.loads((base / "stack.json").read_text(encoding="utf-8"))
        return cls(
            **values
            | {
                "base": base,
                "cache": Path(values["cache"]),
                "ports": Ports(**values["ports"]),
                "nodes": tuple(Node(**item) for item in values["nodes"]),
                "recorded": tuple(values.get("recorded", ())),
            }
        )


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of downloads that all stacks of this checkout share."""
    return Path(environ.get("FJGOV_CACHE") or REPOSITORY / ".run" / "cache").resolve()


def run_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of `make run`: folder `.run`, fixed ports, each open to change.

    Environment: FJGOV_RUN (folder), FJGOV_PG_PORT, FJGOV_REDIS_PORT, FJGOV_SOLR_PORT,
    FJGOV_PROVINCE_PORT, FJGOV_FUZHOU_PORT, FJGOV_XIAMEN_PORT, FJGOV_RECORDED_PORT, FJGOV_PLUGINS,
    FJGOV_WEB_WORKERS, FJGOV_JOB_WORKERS, FJGOV_SOLR_HEAP, FJGOV_CACHE; ports of more cities in
    `placed`.
    """

    def number(name: str, default: int) -> int:
        return _number(environ, name, default)

    return Settings(
        base=Path(environ.get("FJGOV_RUN") or REPOSITORY / ".run").resolve(),
        cache=cache_folder(environ),
        ports=Ports(
            number("FJGOV_PG_PORT", 15432),
            number("FJGOV_REDIS_PORT", 16379),
            number("FJGOV_SOLR_PORT", 18983),
            number("FJGOV_RECORDED_PORT", 5010),
        ),
        nodes=placed(NODES.values(), environ),
        plugins=environ.get("FJGOV_PLUGINS") or DEFAULT_PLUGINS,
        web_workers=number("FJGOV_WEB_WORKERS", 2),
        job_workers=number("FJGOV_JOB_WORKERS", 1),
        solr_heap=environ.get("FJGOV_SOLR_HEAP") or "512m",
    )


def placed(nodes: Iterable[Node], environ: Mapping[str, str] = os.environ) -> tuple[Node, ...]:
    """Return nodes on the ports that the environment names: FJGOV_PUTIAN_PORT and so on."""
    return tuple(
        replace(node, port=_number(environ, f"FJGOV_{node.key.upper()}_PORT", node.port))
        for node in nodes
    )


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, "").strip()
    if value and not value.isdigit():
        raise SystemExit(f"{name}={value}：应为端口号或数量 / must be a number")
    return int(value or default)


def free_port_settings(base: Path, nodes: Iterable[str | Node], *, plugins: str = "") -> Settings:
    """Return the settings of a throw-away stack in `base` on ports that are free now.

    Args: `nodes` are keys of `NODES`, or nodes of other regions (their ports are replaced).
    Cost: a few sockets, held together so that no two services get the same port.
    """
    chosen = [NODES[item] if isinstance(item, str) else item for item in nodes]
    with ExitStack() as held:
        ports = []
        for _ in range(3 + len(chosen)):
            listener = held.enter_context(socket.socket())
            listener.bind((LOOPBACK, 0))
            ports.append(int(listener.getsockname()[1]))
    return Settings(
        base=base.resolve(),
        cache=cache_folder(),
        ports=Ports(*ports[:3]),
        nodes=tuple(replace(n, port=p) for n, p in zip(chosen, ports[3:], strict=True)),
        durable=False,
        plugins=plugins or os.environ.get("FJGOV_PLUGINS") or DEFAULT_PLUGINS,
        web_workers=1,
    )
