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


def pre_request(_worker: Any, _request: Any) -> None:
    """Begin with a fresh database session: what the thread's last request left may be broken.

    CKAN lets go of the session after a request that went well. One that fails before that, because
    the database has gone, leaves a transaction that every later request of the thread fails on.
    """
    from ckan import model

    model.Session.remove()
