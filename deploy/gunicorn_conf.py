"""Hooks of gunicorn: what a forked worker must not share with its parent."""

from typing import Any


def post_fork(_server: Any, _worker: Any) -> None:
    """Forget database and Redis connections opened while the application was loaded.

    The application is loaded once before the fork; two processes talking over one inherited
    connection would read each other's answers.
    """
    import ckan.lib.redis as ckan_redis
    from ckan import model

    engine = model.Session.get_bind()
    engine.dispose(close=False)
    pool = ckan_redis._connection_pool
    if pool is not None:
        pool.reset()
