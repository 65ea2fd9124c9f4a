"""Government information catalog of Fujian as a CKAN extension."""

__version__ = "0.1.0"
