"""The local stack: PostgreSQL, Redis, Solr and three CKAN sites on loopback.

`make run` uses it in `.run/` with fixed ports; tests use it in folders and on ports of their own.
"""

from deploy.stack.settings import NODES, Node, Ports, Settings
from deploy.stack.stack import Stack

__all__ = ["NODES", "Node", "Ports", "Settings", "Stack"]
