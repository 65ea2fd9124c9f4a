"""Rules of the catalog in plain Python; must not import CKAN, Flask or SQLAlchemy."""
