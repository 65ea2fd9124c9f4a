"""WSGI entry of a catalog site; the configuration file is named by the variable CKAN_INI.

Run by gunicorn with threads: CKAN's session, request globals and SQLAlchemy session are local to
a thread.
"""

import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

application = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
