"""All actions of the extension, by name."""

from __future__ import annotations

from ckanext.fjgov.logic.action import catalog, federation, importing, unit_reading, units

ACTIONS = {
    "package_create": catalog.package_create,
    "package_update": catalog.package_update,
    "package_delete": catalog.package_delete,
    "package_owner_org_update": catalog.package_owner_org_update,
    "package_show": catalog.package_show,
    "package_search": catalog.package_search,
    "resource_search": catalog.resource_search,
    "package_autocomplete": catalog.package_autocomplete,
    "package_list": catalog.package_list,
    "current_package_list_with_resources": catalog.current_package_list_with_resources,
    "fjgov_change_list": federation.fjgov_change_list,
    "fjgov_node_register": federation.fjgov_node_register,
    "fjgov_node_list": federation.fjgov_node_list,
    "fjgov_node_show": federation.fjgov_node_show,
    "fjgov_sync_list": federation.fjgov_sync_list,
    "fjgov_sync_show": federation.fjgov_sync_show,
    "fjgov_sync_start": federation.fjgov_sync_start,
    "fjgov_appointment_create": units.fjgov_appointment_create,
    "fjgov_appointment_end": units.fjgov_appointment_end,
    "fjgov_appointment_list": units.fjgov_appointment_list,
    "fjgov_address_show": units.fjgov_address_show,
    "organization_show": unit_reading.organization_show,
    "organization_list": unit_reading.organization_list,
    "organization_update": units.organization_update,
    "organization_delete": units.organization_delete,
    "group_update": units.organization_update,
    "group_delete": units.organization_delete,
    "fjgov_finding_count": units.fjgov_finding_count,
    "fjgov_import_run": importing.fjgov_import_run,
    "fjgov_entry_export": importing.fjgov_entry_export,
}
