"""Builds readers and fetchers from settings, for `plugins/` to register in `core/federation`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ckanext.fjgov.core.federation.address import node_policy, parse_allow, resource_policy
from ckanext.fjgov.core.federation.feed_limits import FeedLimits
from ckanext.fjgov.core.federation.ports import Fetch, Identity, NodeReader, Peer
from ckanext.fjgov.core.foreign.ports import AdapterFactory

from .ckan_site import CkanSite
from .dcat import DcatDocument
from .gbxml import GbXmlFiles
from .http import Fetcher
from .limits import FetchLimits
from .listing import PortalListing
from .metered import MeteredFetch
from .node import COLLECTION, SignedNodeReader

_BACKOFF_S = 0.5
# A file of a gigabyte on a slow line takes its time; the reader's grant is checked meanwhile.
GATEWAY_LIMITS = FetchLimits(total_s=3600, max_bytes=16 * 1024**3, attempts=1)


def node_fetcher(allow: Sequence[str], own_ports: Sequence[int] = ()) -> Fetch:
    """Give the way to one node.

    Args:
        allow: rules `host-or-network:port` from the node's registration.
        own_ports: unused; an operator who registers a node may mean this very machine.
    """
    del own_ports
    return Fetcher(node_policy(map(parse_allow, allow)))


def resource_fetcher(allow: Sequence[str], own_ports: Sequence[int]) -> Fetch:
    """Give the gateway's way to registered resource addresses.

    Args:
        allow: rules `host-or-network:port` from the site's settings.
        own_ports: ports of the stack's own services.
    """
    return Fetcher(resource_policy(map(parse_allow, allow), own_ports), GATEWAY_LIMITS)


def node_reader(peer: Peer, identity: Identity) -> NodeReader:
    """Give the reader of one node."""
    return SignedNodeReader(
        peer,
        identity,
        MeteredFetch(node_fetcher(peer.allow)),
        pause=lambda attempt: time.sleep(_BACKOFF_S * 2 ** (attempt - 1)),
    )


def collection_reader(peer: Peer, identity: Identity) -> NodeReader:
    """Give the reader of the decided collection items of one node: its `changes` alone."""
    return SignedNodeReader(
        peer,
        identity,
        MeteredFetch(node_fetcher(peer.allow)),
        pause=lambda attempt: time.sleep(_BACKOFF_S * 2 ** (attempt - 1)),
        limits=FeedLimits(types=frozenset({"collection"})),
        path=COLLECTION,
    )


# One way to read each kind of foreign source.
SOURCE_ADAPTERS: Mapping[str, AdapterFactory] = {
    "ckan": CkanSite,
    "dcat": DcatDocument,
    "gbxml": GbXmlFiles,
    "listing": PortalListing,
}
