"""The leak matrix as a table: 55 rows of ways, and what each of the eight users may see by them.

A cell joins words by `+`; the levels `nothing`, `public`, `listed`, `official` and `own` stand for
several (`leak_levels`). What is expected is written down here, so that whoever changes a guard or
the visibility table has to look at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.integration import leak_judging as judging
from tests.integration import leak_ways_catalog as catalog
from tests.integration import leak_ways_files as files
from tests.integration import leak_ways_history as history
from tests.integration import leak_ways_people as people
from tests.integration import leak_ways_search as finding
from tests.integration.leak_judging import Judge
from tests.integration.leak_orders import orders
from tests.integration.leak_people import USERS, Visitor
from tests.integration.leak_world import Job, World

Ways = Callable[[World, Visitor], list[Job]]


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        number: in the list of ways from which the matrix was made.
        ways: the requests of a user.
        expected: one cell for each user, in the order of `USERS`: anonymous, stranger,
            other_editor, grantee, expired_grantee, revoked_grantee, member, sysadmin.
        judge: says in words of the cells what the answers show.
        is_writing: its steps would wait for each other, and are asked one by one.
    """

    number: int
    title: str
    ways: Ways
    expected: str
    judge: Judge = judging.seen
    is_writing: bool = False

    @property
    def cells(self) -> list[str]:
        """The cells of the row."""
        return self.expected.split()

    def cell(self, user: str) -> str:
        """Give the cell of a user."""
        return self.cells[USERS.index(user)]


NOTHING = " ".join(["nothing"] * 8)
REFUSED = " ".join(["refused"] * 8)
NO_DRAFTS = "public public official official official official official official"
WITH_DRAFTS = "public public official official official official official+draft official+draft"
TITLES = "public public listed listed listed listed listed listed"
TECHNICIAN_ONLY = "nothing nothing nothing nothing nothing nothing nothing official"

ROWS = (
    Row(1, "package_show", catalog.showing,
        "public public official official official official official+address official+address"),
    Row(2, "package_show of what is not listed", catalog.showing_unlisted,
        "nothing nothing nothing nothing nothing nothing draft+withdrawn+inner+creator"
        " draft+withdrawn+inner+creator"),
    Row(3, "resource_show and views", catalog.resources_and_views,
        "public public listed listed listed listed listed+draft+withdrawn listed+draft+withdrawn"),
    Row(4, "resource_search", catalog.resource_search, TITLES),
    Row(5, "lists with whole entries", catalog.lists_with_entries,
        "public public official official official official official official+draft+applicant"),
    Row(6, "names and autocomplete", catalog.names, TITLES),
    Row(7, "keywords and formats", catalog.keywords,
        "public public listed listed listed listed listed+draft listed+draft"),
    Row(8, "relationships", catalog.relationships,
        "class1 class1 class1+inner+creator class1+inner+creator class1+inner+creator"
        " class1+inner+creator class1+inner+creator class1+inner+creator"),
    Row(9, "members, followers, collaborators", catalog.memberships,
        "public public official official official official official official"),
    Row(10, "answers of writes", catalog.answers_of_writes,
        "nothing nothing nothing nothing nothing nothing class2+inner+creator+done"
        " class2+inner+creator+done", judging.done, is_writing=True),
    Row(11, "writes of resources", catalog.writes_of_resources,
        "nothing nothing nothing nothing nothing nothing class2+done class2+done",
        judging.done, is_writing=True),
    Row(12, "transfer to other units, membership", catalog.transfers, REFUSED, judging.refused,
        is_writing=True),
    Row(13, "fl", finding.returned_fields, TECHNICIAN_ONLY),
    Row(14, "facets", finding.facets,
        "public public listed listed listed listed listed listed+creator"),
    Row(15, "fields in queries", finding.oracles,
        "nothing nothing official official official official official official"),
    Row(16, "orders and weights", finding.orders, TECHNICIAN_ONLY),
    Row(17, "states in queries", finding.states, WITH_DRAFTS),
    Row(18, "local parameters", finding.local_parameters, TECHNICIAN_ONLY),
    Row(19, "shape of hits with fl", finding.shapes, WITH_DRAFTS),
    Row(20, "an entry whose class was raised", finding.stale,
        "nothing nothing class3+inner+creator class3+inner+creator class3+inner+creator"
        " class3+inner+creator class3+inner+creator+data class3+inner+creator"),
    Row(21, "after a rebuild of the index", finding.rebuilt,
        "nothing nothing class3+inner+creator class3+inner+creator class3+inner+creator"
        " class3+inner+creator class3+inner+creator+draft class3+inner+creator+draft"),
    Row(22, "the index itself", finding.index_itself, REFUSED, judging.refused),
    Row(23, "downloads", files.downloads,
        "open+opendata open+opendata open+opendata open+opendata+class2+data open+opendata"
        " open+opendata listed+data+opendata open+opendata"),
    Row(24, "stored files", files.stored_files, NOTHING),
    Row(25, "folders of the storage", files.storage_paths, REFUSED, judging.refused),
    Row(26, "proxies", files.proxies, " ".join(["unbuilt"] * 8), judging.unbuilt),
    Row(27, "views of resources", files.views, NOTHING),
    # The only item of the table is of class 3, which a grant of an entry of class 2 does not give.
    Row(28, "tables", files.tables,
        "unbuilt unbuilt unbuilt unbuilt unbuilt unbuilt unbuilt+table+class2 unbuilt",
        judging.unbuilt),
    Row(29, "partial and repeated requests", files.partial_requests,
        "nothing nothing nothing class2+data nothing nothing class2+data nothing"),
    Row(30, "side information, uploads, uses", files.side_information, NOTHING),
    Row(31, "RDF", files.rdf,
        "public public listed+inner listed+inner listed+inner listed+inner"
        " listed+inner+draft listed+inner+draft"),
    Row(32, "Atom feeds", files.feeds, TITLES),
    Row(33, "exports", files.exports,
        "public+unbuilt public+unbuilt listed+inner+unbuilt listed+inner+unbuilt"
        " listed+inner+unbuilt listed+inner+unbuilt listed+inner+draft+withdrawn+unbuilt"
        " listed+inner+draft+withdrawn+unbuilt", judging.unbuilt),
    Row(34, "pages", files.html,
        "public public listed+inner listed+inner listed+inner listed+inner"
        " listed+inner+draft+address listed+inner+draft+withdrawn+address"),
    Row(35, "caches", files.caches, " ".join(["uncached"] * 8), judging.cached),
    Row(36, "histories", history.histories,
        "nothing nothing official official official official own official"),
    Row(37, "notices and mail", history.messages,
        "nothing nothing nothing class2 class2 class2 class2 nothing"),
    Row(38, "logs", history.logs, NOTHING),
    Row(39, "jobs and queues", history.queues, NOTHING),
    Row(40, "purging and what was purged", history.purging, NOTHING, judging.done,
        is_writing=True),
    Row(41, "harvesting and sources", history.harvest, " ".join(["unbuilt"] * 8), judging.unbuilt),
    Row(42, "at the province", history.at_the_province,
        "public public listed+inner listed+inner listed+inner listed+inner listed+inner"
        " listed+inner"),
    Row(43, "between nodes, without a signature", history.between_nodes, REFUSED, judging.refused),
    Row(44, "grants of the city at the province", history.granted_elsewhere, NOTHING),
    Row(45, "hostile values", history.hostile, " ".join(["text"] * 8), judging.escaped),
    Row(46, "ended and misplaced tokens", people.tokens, " ".join(["public"] * 8)),
    Row(47, "forged forms, reading that writes", people.forgeries, REFUSED, judging.refused),
    Row(48, "accounts", people.accounts,
        "nothing nothing applicant applicant applicant applicant applicant applicant"),
    Row(49, "applications and grants", people.applications,
        "nothing nothing nothing applicant+class2+purpose applicant+class2+purpose"
        " applicant+class2+purpose class2+purpose+draft class2+purpose",
        judging.done, is_writing=True),
    Row(50, "past the review", people.bypasses, REFUSED, judging.refused, is_writing=True),
    Row(51, "another order of plugins", orders,
        "public public official official official official own own"),
    Row(52, "what pages read for themselves", people.inner_calls,
        "public public listed+inner+applicant listed+inner+applicant listed+inner+applicant"
        " listed+inner+applicant listed+inner+applicant+draft listed+inner+applicant+draft"),
    Row(53, "the moment of a grant", people.moments,
        "ungranted ungranted ungranted class2+data expired revoked class2+data ungranted",
        judging.told_why),
    Row(54, "errors", people.errors, NOTHING, judging.innards),
    # An agreement is for the parties of its grant; a technician sees what the units see (Art. 3).
    # The page of a grant asks who is not signed in to sign in.
    Row(55, "agreements of grants", people.agreements,
        "nothing refused refused class2+purpose class2+purpose class2+purpose class2+purpose"
        " class2+purpose", judging.refused),
)  # fmt: skip
