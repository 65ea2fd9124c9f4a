"""The list of faults of fetching, completeness and parsing, and the tests that prove each row.

`docs/faults.md` is written from it: `python -m tests.data.fault_list`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "ckanext-fjgov" / "docs" / "faults.md"

_ADDRESSES = "tests/unit/harvesters/test_http_addresses.py"
_LIMITS = "tests/unit/harvesters/test_http_limits.py"
_ANSWERS = "tests/unit/harvesters/test_http_answers.py"
_TLS = "tests/unit/harvesters/test_http_tls.py"
_CHECKED = "tests/unit/core/federation/test_federation_address.py"
_JSON = "tests/unit/core/federation/test_federation_strict_json.py"
_GUARD = "tests/unit/core/federation/test_federation_guard_report.py"
_FEED = "tests/unit/core/federation/test_federation_feed.py"
_BOMBS = "tests/unit/core/foreign/test_foreign_bombs.py"
_FORMATS = "tests/unit/core/foreign/test_foreign_formats.py"
_TABLE = "tests/unit/core/importing/test_import_table.py"
_CHANGES = "tests/federation/test_sync_changes.py"
_FAULTS = "tests/federation/test_sync_faults.py"
_REFUSALS = "tests/federation/test_sync_refusals.py"
_REPAIR = "tests/federation/test_sync_repair.py"
_LINE = "tests/federation/test_fetch_faults.py"
_HOSTILE = "tests/integration/test_hostile_values.py"
_RULES = "tests/unit/core/catalog/test_entry_rules.py"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: what goes wrong, what must happen, and the tests (`file::Class::test`) of it."""

    row: int
    part: str
    fault: str
    expected: str
    tests: tuple[str, ...]
    note: str = ""


FETCH, COMPLETE, PARSE = "Remote fetch", "Completeness", "Parsers"

FAULTS: tuple[Fault, ...] = (
    Fault(1, FETCH, "address of this machine", "refused before connecting", (
        f"{_ADDRESSES}::TestAddresses::test_forbidden_addresses_are_refused_before_connecting",
        f"{_ADDRESSES}::TestAddresses::test_a_rule_of_the_resource_flavour_does_not_open_loopback",
        (f"{_CHECKED}::TestPolicies::"
        "test_own_ports_are_refused_even_on_public_addresses_and_under_a_rule"),
    )),
    Fault(2, FETCH, "link-local and carrier networks (cloud metadata)", "refused", (
        f"{_ADDRESSES}::TestAddresses::test_forbidden_addresses_are_refused_before_connecting",
        f"{_CHECKED}::TestClassOf::test_every_kind_of_address_is_known",
    )),
    Fault(3, FETCH, "the same in other spellings (IPv4 in IPv6, octal, one number)",
          "refused in every form", (
        f"{_ADDRESSES}::TestAddresses::test_forbidden_addresses_are_refused_before_connecting",
        f"{_CHECKED}::TestCheckUrl::test_disguised_and_malformed_addresses_are_refused",
    )),
    Fault(4, FETCH, "a name that changes its address between look-ups",
          "the checked address is the connected one", (
        f"{_ADDRESSES}::TestAddresses::test_the_checked_address_is_the_connected_one",
        f"{_ADDRESSES}::TestAddresses::test_of_several_addresses_only_permitted_ones_are_tried",
    )),
    Fault(5, FETCH, "redirect to a forbidden host, loop, other scheme",
          "each hop checked; five at most; scheme refused", (
        f"{_ADDRESSES}::TestRedirects::test_a_forbidden_hop_is_refused",
        f"{_ADDRESSES}::TestRedirects::test_a_loop_ends_after_five_hops",
        f"{_ADDRESSES}::TestRedirects::test_other_schemes_are_refused",
        f"{_ADDRESSES}::TestRedirects::test_headers_do_not_come_back_by_way_of_another_site",
    )),
    Fault(6, FETCH, "the intranet is 10.0.0.0/8", "opened by host or network with port only", (
        f"{_CHECKED}::TestPolicies::test_a_rule_holds_for_its_network_and_port_only",
        f"{_CHECKED}::TestPolicies::test_a_host_rule_opens_the_intranet_for_that_name_only",
        f"{_FAULTS}::test_only_the_addresses_that_its_registration_allows_are_asked",
    )),
    Fault(7, FETCH, "HTTP_PROXY in the environment", "not used", (
        f"{_ADDRESSES}::TestAddresses::test_proxies_of_the_environment_are_not_used",
    )),
    Fault(8, FETCH, "credentials in an address", "refused, and shown nowhere", (
        f"{_ADDRESSES}::TestAddresses::test_credentials_in_a_url_are_refused_and_not_shown",
        f"{_CHECKED}::TestRedactUrl::test_nothing_but_scheme_host_and_port_is_shown",
        f"{_LINE}::test_an_address_with_credentials_is_not_registered",
    )),
    Fault(9, FETCH, "a server that never answers, or drips", "deadlines of each step and of all", (
        f"{_LIMITS}::TestDeadlines::test_a_server_that_never_answers",
        f"{_LIMITS}::TestDeadlines::test_a_server_that_drips",
        f"{_LIMITS}::TestDeadlines::test_a_tls_handshake_that_hangs",
        f"{_LIMITS}::TestDeadlines::test_a_name_server_that_hangs",
        f"{_LIMITS}::TestDeadlines::test_repeats_and_waits_stay_within_the_total",
    )),
    Fault(10, FETCH, "endless or lying length", "cut at the cap while streaming", (
        f"{_LIMITS}::TestSizes::test_an_endless_body_is_cut_at_the_cap",
        f"{_LIMITS}::TestSizes::test_a_declared_length_above_the_cap_is_not_read",
        f"{_LIMITS}::TestSizes::test_a_shorter_body_than_declared_is_an_error",
        f"{_LINE}::test_an_answer_that_lies_about_its_size_takes_nothing_away",
    )),
    Fault(11, FETCH, "gzip bomb, packed twice", "cut by ratio and cap, memory flat", (
        f"{_LIMITS}::TestSizes::test_a_gzip_bomb_is_cut_by_its_ratio_in_flat_memory",
        f"{_LIMITS}::TestSizes::test_other_codings_and_damaged_data_are_refused",
        f"{_LINE}::test_an_answer_that_lies_about_its_size_takes_nothing_away",
    )),
    Fault(12, FETCH, "login page with 200, empty 200, 204, 500 with JSON",
          "the run fails, nothing is withdrawn", (
        f"{_FAULTS}::test_garbage_fails_the_run_and_takes_nothing_away",
        f"{_ANSWERS}::TestContent::test_what_was_not_asked_for_is_a_failure",
        "tests/federation/test_sources_contract.py::test_a_source_that_fails_loses_nothing",
    )),
    Fault(13, FETCH, "TLS expired, other host, self-signed, old version",
          "refused, says which, no way back to http", (
        f"{_TLS}::TestTls::test_the_message_says_what_is_wrong",
        f"{_TLS}::TestTls::test_old_protocol_versions",
        f"{_TLS}::TestTls::test_there_is_no_way_back_to_http",
    )),
    Fault(15, FETCH, "reset in the middle, process killed",
          "the next run goes on; nothing lost, doubled or left running", (
        f"{_LINE}::test_a_reset_on_a_later_page_loses_and_doubles_nothing",
        f"{_FAULTS}::test_a_run_that_died_is_closed_by_the_next_one",
        "tests/federation/test_kills.py::test_a_kill_loses_and_doubles_nothing",
    )),
    Fault(16, COMPLETE, "a valid list from which most is missing", "the guard stops and asks", (
        f"{_REPAIR}::test_the_guard_stops_a_run_that_would_take_away_too_much",
        f"{_GUARD}::test_guard",
    )),
    Fault(17, COMPLETE, "an empty catalog with 200", "the same; never an empty province", (
        f"{_REPAIR}::test_the_guard_stops_a_run_that_would_take_away_too_much",
        "tests/federation/test_sources_contract.py::test_an_emptied_source_waits_for_a_person",
    )),
    Fault(18, COMPLETE, "withdrawn, or turned from public to not shared",
          "gone or hidden within one run, tombstone kept", (
        f"{_CHANGES}::test_one_run_brings_create_edit_withdraw_and_restrict",
        f"{_CHANGES}::test_a_withdrawn_entry_is_gone_for_everybody",
        ("tests/federation/test_sync_stricter.py::"
        "test_what_is_taken_away_is_gone_everywhere_before_any_other_change"),
    ), "grants do not exist yet; their suspension belongs to the issue that brings them"),
    Fault(19, COMPLETE, "entries come and go while pages are read", "nothing missed or doubled", (
        f"{_LINE}::test_what_changes_while_pages_are_read_is_neither_missed_nor_doubled",
        "tests/harvested/test_ckanapi_dump.py::test_keyset_paging_by_date_and_id",
    )),
    Fault(20, COMPLETE, "the city's clock is slow, fast or jumps", "order is by number", (
        f"{_LINE}::test_dates_of_the_city_have_no_effect",
        ("tests/unit/core/federation/test_federation_signature.py::TestRequest::"
        "test_clocks_may_differ_a_little"),
    ), "a signed request is refused when the clocks of two nodes differ by more than a minute"),
    Fault(21, COMPLETE, "number 9 commits after 10 is read", "still delivered", (
        ("tests/integration/test_change_log_concurrency.py::"
        "test_a_reader_ends_with_the_latest_committed_version_of_every_record"),
    )),
    Fault(23, COMPLETE, "one id of two cities; one identifier twice",
          "bound to its node; reported, the first kept", (
        f"{_REFUSALS}::test_what_belongs_to_others_is_refused_and_the_rest_goes_on",
        f"{_REFUSALS}::test_two_records_of_one_run_that_want_one_code_leave_the_first",
        f"{_FEED}::TestRules::test_a_broken_rule_is_named_with_its_line",
    )),
    Fault(24, COMPLETE, "a city claims a record of a province's unit", "refused (Art. 41)", (
        f"{_REFUSALS}::test_an_entry_of_a_unit_of_the_province_is_refused",
        f"{_REFUSALS}::test_units_outside_the_scope_and_their_entries_are_refused",
    )),
    Fault(25, COMPLETE, "the digests differ at the end", "named, repaired, never plain success", (
        f"{_REPAIR}::test_a_changed_and_a_deleted_row_are_named_and_repaired_by_an_idle_run",
        f"{_REPAIR}::test_a_renamed_unit_and_a_planted_entry_at_the_province_are_repaired",
    )),
    Fault(26, PARSE, "billion laughs in RDF/XML, GB XML, xlsx", "DOCTYPE refused at once", (
        f"{_BOMBS}::test_billion_laughs_are_refused_at_once",
        f"{_BOMBS}::test_entities_in_a_workbook_are_refused_at_once",
    ), "TriX is not among the formats that are read"),
    Fault(27, PARSE, "external entities to files and addresses", "no file read, no request", (
        f"{_BOMBS}::test_external_entities_read_no_file_and_ask_nobody",
        f"{_BOMBS}::test_other_ways_to_fetch_from_xml_are_text",
        f"{_TABLE}::TestXlsx::test_external_links_are_reported_and_not_followed",
    )),
    Fault(28, PARSE, "JSON-LD contexts by http or file, huge, nested", "bundled ones only", (
        f"{_BOMBS}::test_only_bundled_contexts_are_read",
        f"{_BOMBS}::test_a_context_that_holds_itself_or_is_huge_is_refused_in_time",
    )),
    Fault(29, PARSE, "JSON nested 100,000 deep", "an error of the page; the process lives", (
        f"{_JSON}::test_refused_with_its_rule",
        f"{_LINE}::test_a_page_that_is_no_clean_json_fails_the_run_and_not_the_process",
        f"{_HOSTILE}::test_deep_nesting_is_a_bad_request_and_the_site_lives",
    )),
    Fault(30, PARSE, "NaN, Infinity, 1e999, repeated keys, long integers", "refused", (
        f"{_JSON}::test_refused_with_its_rule",
        f"{_LINE}::test_a_page_that_is_no_clean_json_fails_the_run_and_not_the_process",
        f"{_HOSTILE}::test_numbers_that_are_none_are_not_listed",
    )),
    Fault(31, PARSE, "NUL, lone surrogates, wrong bytes, BOM, GB 18030",
          "refused with the place; declared GB 18030 is read", (
        f"{_JSON}::test_refused_with_its_rule",
        f"{_HOSTILE}::test_characters_that_no_table_takes_are_refused_with_their_place",
        f"{_HOSTILE}::test_bytes_of_another_encoding_are_refused",
        f"{_TABLE}::TestCsv::test_encodings_give_the_same_rows",
        f"{_TABLE}::TestCsv::test_undeclared_gbk_names_line_and_byte",
        f"{_FORMATS}::test_a_set_is_read_record_by_record",
    )),
    Fault(32, PARSE, "bidi, zero-width, look-alikes, full-width digits in codes",
          "compared folded; refused in codes; harmless in titles", (
        "tests/unit/core/catalog/test_title.py::test_titles_that_count_as_one",
        f"{_RULES}::TestRuleCases::test_strict_profile_answers_with_the_stated_severity",
        "tests/unit/core/catalog/test_identifier.py::TestGrammar::test_other_texts_are_refused",
        f"{_HOSTILE}::test_marks_of_direction_stay_inside_a_title",
    )),
    Fault(33, PARSE, "50 MB of text, 100,000 tags, 10,000 resources", "limits by field, named", (
        f"{_HOSTILE}::test_masses_are_refused_by_field_and_soon",
        f"{_RULES}::TestRuleCases::test_strict_profile_answers_with_the_stated_severity",
        f"{_FEED}::TestRules::test_limits",
    )),
    Fault(35, PARSE, "30 February, Chinese numerals, year 0 and 9999, offsets",
          "strict with a message; numerals in imports with preview", (
        f"{_RULES}::TestRuleCases::test_strict_profile_answers_with_the_stated_severity",
        "tests/unit/core/importing/test_import_mapping.py::test_dates",
    )),
)  # fmt: skip


def page() -> str:
    """Give the page of the documentation that shows the list."""
    lines = [
        "# Faults and the tests that prove what happens",
        "",
        "Fetching, completeness and parsing. Written by `python -m tests.data.fault_list`; numbers",
        "are those of the project's list of faults, of which some rows belong to other parts.",
    ]
    part = ""
    for item in FAULTS:
        if item.part != part:
            part = item.part
            lines += [
                "",
                f"## {part}",
                "",
                "| # | Fault | What happens | Tests |",
                "|---|---|---|---|",
            ]
        tests = "<br>".join(f"`{test.rpartition('/')[2]}`" for test in item.tests)
        note = f" ({item.note})" if item.note else ""
        lines.append(f"| {item.row} | {item.fault} | {item.expected}{note} | {tests} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
