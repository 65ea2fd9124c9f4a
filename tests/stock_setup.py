"""Prepare the database of a stock CKAN site: `stock_setup.py INI ACCOUNT PASSWORD`.

Run by the python of the environment that serves the site, which need not have this project
installed. One process does all, since starting CKAN takes seconds. The last line of the output
is the API token of the sysadmin.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app


def prepare(account: str, password: str) -> str:
    """Create the tables of CKAN and of the site's plugins, and a sysadmin; return its token."""
    from ckan import logic, model
    from ckan.cli.db import _migrate_plugins, _run_migrations

    _run_migrations("", "head")
    _migrate_plugins(apply=True)
    site_user = logic.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def call(action: str, **data: Any) -> Any:
        return logic.get_action(action)({"ignore_auth": True, "user": site_user}, data)

    user = model.User.get(account)
    if user is None:
        call("user_create", name=account, email=f"{account}@mail.example", password=password)
        user = model.User.get(account)
    user.sysadmin = True
    model.Session.commit()
    token: str = call("api_token_create", user=account, name="stock")["token"]
    return token


def main() -> None:
    """Load the site and prepare it."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    ini, account, password = sys.argv[1:4]
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        token = prepare(account, password)
    sys.stdout.write(f"\n{token}\n")


if __name__ == "__main__":
    main()
