"""Names, package_dir and entry points of ckanext-fjgov; no logic.

The fixed top-level folders `schemas/`, `vocabularies/` and `harvesters/` are installed as
sub-packages of `ckanext.fjgov`, so that a wheel carries them and an editable install reads them
from the working tree.
"""

from setuptools import find_namespace_packages, setup

SOURCE = "ckanext-fjgov"
TOP_LEVEL = {
    "ckanext.fjgov.harvesters": "harvesters",
    "ckanext.fjgov.schemas": "schemas",
    "ckanext.fjgov.vocabularies": "vocabularies",
}

package_dir = {"": SOURCE}
packages = list(find_namespace_packages(where=SOURCE, include=["ckanext.fjgov", "ckanext.fjgov.*"]))
packages = [name for name in packages if "__pycache__" not in name]
for name, path in TOP_LEVEL.items():
    package_dir[name] = path
    packages.append(name)
    packages += [
        f"{name}.{sub}" for sub in find_namespace_packages(where=path) if "__pycache__" not in sub
    ]

setup(
    name="ckanext-fjgov",
    version="0.1.0",
    description="Two-level government information catalog of Fujian province as a CKAN extension",
    long_description=open("README.md", encoding="utf-8").read(),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.10",
    packages=packages,
    package_dir=package_dir,
    include_package_data=False,
    package_data={
        "": [
            "*.yaml",
            "*.yml",
            "*.json",
            "*.csv",
            "*.ttl",
            "*.html",
            "*.txt",
            "*.css",
            "*.js",
            "*.mo",
            "*.po",
            "*.pot",
            "*.ini",
            "*.mako",
            "*.xml",
            "*.xsd",
            "*.svg",
            "*.png",
            "*.sql",
            "*.md",
            "py.typed",
        ]
    },
    data_files=[("share/ckanext-fjgov", ["ckan.ini.template"])],
    zip_safe=False,
    install_requires=[
        "ckanext-scheming>=3.1,<4",
        "ckanext-dcat>=2.4,<3",
        "ckanapi>=4.8",
        "cryptography>=42",
        "duckdb>=2.0,<3",
        "feedgen>=1.0,<2",
        "httpcore>=1.0",
        "lxml>=5",
        "openpyxl>=3.1",
        "orjson>=3.10",
        "PyJWT>=2.8",
        "PyYAML>=6",
        "pyoxigraph>=0.5,<0.6",
        "rdflib>=7",
        "weasyprint>=70,<71",
    ],
    extras_require={"harvest": ["ckanext-harvest>=1.6.3,<2"]},
    entry_points={
        "ckan.plugins": [
            "fjgov = ckanext.fjgov.plugins.catalog:FjgovPlugin",
            "fjgov_harvest = ckanext.fjgov.plugins.harvest:FjgovHarvestPlugin",
        ],
        "ckan.rdf.profiles": [
            "fjgov_dcat = ckanext.fjgov.web.rdf.profile:FujianDCATProfile",
            "fjgov_dcat_officials = ckanext.fjgov.web.rdf.profile:FujianOfficialsProfile",
        ],
        "babel.extractors": ["ckan = ckan.lib.extract:extract_ckan"],
    },
)
