"""WSGI entry of a catalog site; the configuration file is named by the variable CKAN_INI.

Run by gunicorn with threads: CKAN's session, request globals and SQLAlchemy session are local to
a thread.
"""

import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.lib import webassets_tools


def build_assets() -> None:
    """Write the styles and scripts of every page, once and before gunicorn forks.

    Left to the first pages, they would be written by several threads and workers at once, which
    webassets does not bear: a page then fails with "File exists" or a missing version.
    Cost: about a second on a fresh folder, a stat for each file later.
    """
    for bundle in webassets_tools.env:
        bundle.urls()


application = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
build_assets()
