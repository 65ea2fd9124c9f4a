"""A Redis of the stack's own: sessions, job queues; loopback, password, kept over a stop."""

from __future__ import annotations

import shutil

from redis import Redis
from redis.exceptions import RedisError

from deploy.stack.keys import Secrets, write_private
from deploy.stack.process import Service, StackError, fingerprint
from deploy.stack.settings import LOOPBACK, Node, Settings

CONFIG = """\
bind {host}
port {port}
protected-mode yes
requirepass {secret}
dir {folder}
appendonly yes
appendfsync {sync}
save 300 10
databases 16
daemonize no
"""


class RedisServer:
    """The Redis server of one stack."""

    name = "redis"

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secret = secrets.get("redis")

    def service(self) -> Service:
        """Write the configuration (0600: it holds the password) and return how to run it."""
        program = shutil.which("redis-server")
        if program is None:
            raise StackError("没有找到 redis-server，请运行 make run / redis-server is missing")
        folder = self._settings.base / "redis"
        folder.mkdir(parents=True, exist_ok=True)
        text = CONFIG.format(
            host=LOOPBACK,
            port=self._settings.ports.redis,
            secret=self._secret,
            folder=folder,
            sync="everysec" if self._settings.durable else "no",
        )
        path = folder / "redis.conf"
        write_private(path, text)
        environ = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return Service(self.name, [program, str(path)], fingerprint(program, text), environ, folder)

    def healthy(self) -> bool:
        """Return whether the server answers to our password."""
        client = Redis(
            host=LOOPBACK,
            port=self._settings.ports.redis,
            password=self._secret,
            socket_timeout=2,
        )
        try:
            return client.ping() is True
        except RedisError:
            return False
        finally:
            client.close()

    def url(self, node: Node) -> str:
        """Return the address of the node's own Redis database."""
        port = self._settings.ports.redis
        return f"redis://:{self._secret}@{LOOPBACK}:{port}/{node.redis_db}"
