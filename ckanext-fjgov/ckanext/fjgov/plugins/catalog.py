"""The plugin `fjgov`: tells CKAN what this extension offers; holds no logic."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.dcat.interfaces import IDCATURIGenerator

from ckanext.fjgov.cli import fjgov
from ckanext.fjgov.core.api.paging import PAGED
from ckanext.fjgov.core.federation.ports import FETCHERS, READERS
from ckanext.fjgov.core.foreign.ports import ADAPTERS
from ckanext.fjgov.harvesters import factories
from ckanext.fjgov.logic import entry_hooks, index_document, listeners, readers, searching
from ckanext.fjgov.logic.action import ACTIONS, activities, tables
from ckanext.fjgov.logic.auth import AUTH
from ckanext.fjgov.logic.sharing import systems
from ckanext.fjgov.logic.validators import VALIDATORS
from ckanext.fjgov.web import helpers, paging_links
from ckanext.fjgov.web.rdf.catalog import RDF_ACTIONS
from ckanext.fjgov.web.rdf.uris import StableUris
from ckanext.fjgov.web.views import BLUEPRINTS


class FjgovPlugin(StableUris, p.SingletonPlugin):
    """Registers schema validators, guarded actions, labels, pages and commands."""

    p.implements(p.IConfigDeclaration)
    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IValidators)
    p.implements(p.IPermissionLabels)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ISignal)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IApiToken, inherit=True)
    p.implements(IDCATURIGenerator, inherit=True)

    def declare_config_options(self, declaration: Any, _key: Any) -> None:
        """Declare every setting with its default and description."""
        text = files("ckanext.fjgov").joinpath("config_declaration.yaml").read_text("utf-8")
        declaration.load_dict(yaml.safe_load(text))

    def update_config(self, config: Any) -> None:
        """Add templates and assets, and fill the ports of the federation."""
        tk.add_template_directory(config, "../web/templates")
        tk.add_public_directory(config, "../web/public")
        tk.add_resource("../web/assets", "fjgov")
        READERS.register("node", factories.node_reader)
        READERS.register("collection", factories.collection_reader)
        FETCHERS.register("node", factories.node_fetcher)
        FETCHERS.register("resource", factories.resource_fetcher)
        for kind, factory in factories.SOURCE_ADAPTERS.items():
            ADAPTERS.register(kind, factory)

    def make_middleware(self, app: Any, _config: Any) -> Any:
        """Guard those who listen to actions, now that all plugins are loaded."""
        listeners.spare_of_tries()
        return app

    def get_signal_subscriptions(self) -> dict[Any, list[Any]]:
        """Hear of lists that were answered, to tell where they go on."""
        heard = [{"sender": name, "receiver": paging_links.note} for name in PAGED]
        return {tk.signals.action_succeeded: heard}

    def get_actions(self) -> dict[str, Any]:
        """Give all actions by name."""
        history = activities.guards() if p.plugin_loaded("activity") else {}
        mounted = tables.guards() if p.plugin_loaded("datastore") else {}
        return {**ACTIONS, **RDF_ACTIONS, **history, **mounted}

    def get_auth_functions(self) -> dict[str, Any]:
        """Give all auth functions by name."""
        return AUTH

    def get_validators(self) -> dict[str, Any]:
        """Give the validators that the schemas name."""
        return VALIDATORS

    def decode_api_token(self, encoded: str, **_options: Any) -> dict[str, Any] | None:
        """Keep tokens of systems from CKAN: they stand for no account, and nobody looks for one."""
        return {"is_of_system": True} if systems.is_shown(encoded) else None

    def get_dataset_labels(self, dataset_obj: Any) -> list[str]:
        """Give the search labels of a stored package."""
        return readers.package_labels(dataset_obj)

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
        """Give the search labels that a user holds."""
        return readers.reader_labels(readers.person_of(user_obj))

    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Store what belongs beside a new entry."""
        entry_hooks.after_write(context, pkg_dict["id"])

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Store what belongs beside a changed entry."""
        entry_hooks.after_write(context, pkg_dict["id"])

    def after_dataset_delete(self, _context: Any, pkg_dict: dict[str, Any]) -> None:
        """Give the title of a withdrawn entry free."""
        entry_hooks.after_delete(pkg_dict["id"])

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Shape the index document."""
        return index_document.document(pkg_dict)

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        """Set fields and weights of a text search."""
        return searching.with_weights(search_params)

    def dataset_facets(self, _facets_dict: Any, _package_type: str) -> Any:
        """Give the facets of the result page."""
        return helpers.facet_titles()

    def organization_facets(
        self, _facets_dict: Any, _organization_type: str, _package_type: str | None
    ) -> Any:
        """Give the facets of a unit's page."""
        return helpers.facet_titles(of_unit=True)

    def get_blueprint(self) -> list[Any]:
        """Give the routes."""
        return BLUEPRINTS

    def get_commands(self) -> list[Any]:
        """Give the command group `fjgov`."""
        return [fjgov]

    def get_helpers(self) -> dict[str, Any]:
        """Give the template helpers."""
        return helpers.HELPERS
