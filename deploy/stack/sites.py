"""CKAN sites: configuration files, databases and the two processes of each site."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from deploy.stack.datastore import PLUGIN, Datastores
from deploy.stack.keys import Secrets, ensure_node_key, write_private
from deploy.stack.postgres import TEMPLATE, Postgres
from deploy.stack.process import Service, StackError, fingerprint
from deploy.stack.redis import RedisServer
from deploy.stack.settings import LOOPBACK, PROVINCE_OFFICE, REPOSITORY, Node, Settings
from deploy.stack.solr import Solr

CODE_FOLDERS = ("ckanext-fjgov/ckanext", "schemas", "vocabularies", "harvesters")
SITE_TASK = REPOSITORY / "deploy" / "site_task.py"
KEEPER = REPOSITORY / "deploy" / "keep_up.py"


def environment() -> dict[str, str]:
    """Return the environment of a site's process: UTF-8 everywhere, nothing of CKAN's inherited.

    CKAN lets variables override its file; a stack reads its own file only.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CKAN")}
    return kept | {
        "PYTHONUTF8": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}",
    }


def code_mark() -> str:
    """Return a digest that changes with the extension's files. Cost: a stat for each file."""
    seen = []
    for folder in CODE_FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                state = path.stat()
                seen.append(f"{path}:{state.st_mtime_ns}:{state.st_size}")
    return fingerprint(*seen)


def render(template: str, values: dict[str, str]) -> str:
    """Fill the `@NAME@` placeholders of a configuration template.

    Raises: StackError naming a placeholder without a value.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise StackError(f"模板中的 @{name}@ 没有值 / no value for @{name}@")
        return values[name]

    return re.sub(r"@([A-Z][A-Z0-9_]*)@", value, template)


def override(text: str, lines: str) -> str:
    """Replace or add settings of the section [app:main] by `key = value` lines of an operator."""
    for line in lines.splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or key.startswith(("#", ";")):
            continue
        pattern = re.compile(rf"^{re.escape(key)}\s*=.*(?:\n[ \t]+\S.*)*$", re.MULTILINE)
        entry = f"{key} = {value}"
        if pattern.search(text):
            text = pattern.sub(entry.replace("\\", r"\\"), text, count=1)
        else:
            text = text.replace("[app:main]\n", f"[app:main]\n{entry}\n", 1)
    return text


class Sites:
    """The CKAN sites of one stack."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        postgres: Postgres,
        redis: RedisServer,
        solr: Solr,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._postgres = postgres
        self._redis = redis
        self._solr = solr
        self.datastores = Datastores(settings, secrets, postgres)

    def write_ini(self, node: Node, *, database: str = "", plugins: str = "") -> Path:
        """Render the configuration of `node` (0600: it holds passwords) and return its path.

        Args: `database` is another database address, for the template; `plugins` another list.
        Lines of `<base>/<node>/override.ini` win over the template.
        """
        folder = self._settings.base / node.key
        for name in ("storage", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        sites = " ".join(f"{LOOPBACK}/32:{other.port}" for other in self._settings.nodes)
        values = {
            "NODE_LEVEL": node.level,
            "NODE_CODE": node.code,
            "NODE_NAME": node.name,
            "NODE_PARENT": node.parent,
            "NODE_PREFIX": node.prefix,
            "PROVINCE_OFFICE": PROVINCE_OFFICE,
            "NODE_KEY_FILE": str(ensure_node_key(folder)),
            "NODE_DATA": str(folder / "data"),
            "NODE_FOLDER": str(folder),
            "NODE_ALLOW": sites,
            "SITE_ID": node.site_id,
            "SITE_URL": node.url,
            "SITE_TITLE": node.title,
            "COOKIE": node.site_id.replace("-", "_"),
            "STORAGE": str(folder / "storage"),
            "PLUGINS": plugins or self._settings.plugins,
            **self.datastores.urls(node),
            "DATABASE_URL": database or self._postgres.dsn(node),
            "REDIS_URL": self._redis.url(node),
            "SOLR_URL": f"{self._solr.url}/{node.core}",
            "SOLR_USER": self._solr.auth[0],
            "SOLR_PASSWORD": self._solr.auth[1],
            "SECRET_KEY": self._secrets.get(f"secret_key:{node.key}"),
            "TOKEN_SECRET": self._secrets.get(f"token:{node.key}"),
            "CSRF_SECRET": self._secrets.get(f"csrf:{node.key}"),
        }
        text = render((REPOSITORY / "ckan.ini.template").read_text(encoding="utf-8"), values)
        extra = folder / "override.ini"
        if extra.exists():
            text = override(text, extra.read_text(encoding="utf-8"))
        path = self._settings.ini(node) if not database else folder / "template.ini"
        write_private(path, text)
        return path

    def run_task(self, ini: Path, task: str, **arguments: Any) -> Any:
        """Run one task of `deploy/site_task.py` in a process of its own; return its answer.

        Raises: StackError with the last lines of its output when it fails.
        """
        done = subprocess.run(
            [sys.executable, str(SITE_TASK), str(ini), task],
            input=json.dumps(arguments),
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
            cwd=REPOSITORY,
        )
        if done.returncode:
            tail = "\n".join(done.stderr.strip().splitlines()[-25:])
            raise StackError(f"站点任务 {task} 失败（{ini}）/ site task {task} failed:\n{tail}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def ensure_databases(self) -> list[str]:
        """Create the databases that are missing; return the keys of their nodes.

        CKAN's hundred migrations run once, in a template that is then copied for each site.
        """
        if PLUGIN in self._settings.plugins.split():
            for node in self._settings.nodes:
                self.datastores.ensure(node)
        missing = [
            n for n in self._settings.nodes if self._postgres.owner_of(n.database) != n.database
        ]
        if not missing:
            return []
        mark = self._settings.base / "template.mark"
        wanted = migration_mark(self._settings.plugins)
        if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
            self._postgres.drop_database(TEMPLATE)
            self._postgres.create_database(TEMPLATE)
            ini = self.write_ini(missing[0], database=self._postgres.dsn())
            try:
                self.run_task(ini, "migrate")
            finally:
                ini.unlink()
            mark.write_text(wanted, encoding="utf-8")
        for node in missing:
            self._postgres.drop_database(node.database)
            self._postgres.create_database(node.database, template=TEMPLATE)
            self._remember_migrated(node, wanted)
        return [node.key for node in missing]

    def migrate(self, node: Node) -> bool:
        """Apply new migrations to the database of `node`; return whether there was a reason to.

        The log of uses belongs to a role of its own at all other times.

        Cost: little when neither CKAN, the plugins nor their migration files changed, else 4 s.
        """
        wanted = migration_mark(self._settings.plugins)
        mark = self._settings.base / node.key / "migrated.mark"
        is_new = not mark.exists() or mark.read_text(encoding="utf-8") != wanted
        if is_new:
            self._postgres.open_usage(node.database)
            self.run_task(self._settings.ini(node), "migrate")
            self._remember_migrated(node, wanted)
        self._postgres.protect_usage(node.database)
        return is_new

    def _remember_migrated(self, node: Node, wanted: str) -> None:
        path = self._settings.base / node.key / "migrated.mark"
        path.write_text(wanted, encoding="utf-8")

    def services(self, node: Node) -> tuple[Service, ...]:
        """Return the web server of `node`, then its job workers and its scheduler.

        The scheduler starts runs and ends the clocks of cases; the light nodes have none of either.
        """
        ini = self._settings.ini(node)
        workers = 1 if node.light else self._settings.web_workers
        mark = fingerprint(ini.read_text(encoding="utf-8"), code_mark(), workers)
        environ = environment() | {"CKAN_INI": str(ini)}
        scripts = Path(sys.executable).parent
        web = [
            str(scripts / "gunicorn"),
            "deploy.wsgi:application",
            f"--bind={LOOPBACK}:{node.port}",
            "--worker-class=gthread",
            f"--workers={workers}",
            f"--threads={self._settings.web_threads}",
            # Loaded once and then forked: one start of CKAN a site instead of one a worker.
            "--preload",
            f"--config={REPOSITORY / 'deploy' / 'gunicorn_conf.py'}",
            "--timeout=180",
            "--graceful-timeout=10",
            "--keep-alive=5",
            "--max-requests=20000",
            "--max-requests-jitter=2000",
            "--log-level=warning",
            f"--chdir={REPOSITORY}",
        ]
        ckan = [sys.executable, str(KEEPER), str(scripts / "ckan"), "--config", str(ini)]
        worker = [*ckan, "jobs", "worker"]
        commands = {f"{node.key}-web": web, f"{node.key}-worker": worker}
        for number in range(2, self._settings.job_workers + 1):
            commands[f"{node.key}-worker-{number}"] = worker
        if not node.light:
            commands[f"{node.key}-scheduler"] = [*ckan, "fjgov", "schedule", "run"]
        return tuple(
            Service(name, command, fingerprint(mark, *command), environ, REPOSITORY)
            for name, command in commands.items()
        )

    def healthy(self, node: Node) -> bool:
        """Return whether the site answers a request that needs database and configuration."""
        try:
            answer = requests.get(f"{node.url}/api/3/action/status_show", timeout=20)
            return answer.ok and answer.json()["result"]["site_url"] == node.url
        except (requests.RequestException, ValueError, KeyError):
            return False


def migration_mark(plugins: str) -> str:
    """Return a digest of everything a migrated database depends on."""
    from importlib.metadata import version

    folders = sorted((REPOSITORY / "ckanext-fjgov").rglob("migration/**/versions/*.py"))
    return fingerprint(
        version("ckan"), plugins, *(path.read_text(encoding="utf-8") for path in folders)
    )
