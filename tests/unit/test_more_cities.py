"""`make run CITIES=10`: which cities get a site, and the samples of those without authored ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ckanext.fjgov.core.catalog.rules import (
    Facts,
    check_entry,
    check_unit,
    normalise_entry,
    normalise_unit,
)
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from deploy.recorded.__main__ import main as record_cities
from deploy.recorded.cities import CITIES
from deploy.samples.moved import moved_samples
from deploy.stack.more_cities import (
    KEPT_MIB,
    SITE_MIB,
    STACK_MIB,
    Choice,
    choose,
    last_recorded,
)
from deploy.stack.settings import (
    MORE_CITIES,
    NODES,
    Node,
    Ports,
    Settings,
    placed,
    run_settings,
)

TODAY = date(2026, 11, 22)
PLENTY = 100_000


def started(base: Path, *more: Node, recorded: tuple[str, ...] = ()) -> Path:
    """Leave what a stack with these cities leaves."""
    nodes = (*NODES.values(), *more)
    Settings(base, base / "cache", Ports(), nodes, recorded=recorded).save()
    return base


def test_the_cities_are_those_of_the_province_with_their_names_and_prefixes() -> None:
    divisions = load_vocabulary("divisions").concepts
    prefixes = load_vocabulary("node_prefixes").concepts
    assert tuple(node.code for node in MORE_CITIES) == CITIES
    for node in MORE_CITIES:
        assert node.name == divisions[node.code].zh
        assert prefixes[node.prefix].extra["division"] == node.code
    nodes = [*NODES.values(), *MORE_CITIES]
    for values in ([n.port for n in nodes], [n.redis_db for n in nodes], [n.key for n in nodes]):
        assert len(set(values)) == len(nodes)


def test_memory_decides_who_gets_a_site(tmp_path: Path) -> None:
    two_fit = KEPT_MIB + STACK_MIB + 2 * SITE_MIB
    assert choose(tmp_path, "10", PLENTY, is_running=False) == Choice(MORE_CITIES)
    assert choose(tmp_path, "5", two_fit, is_running=False) == Choice(
        MORE_CITIES[:2], (MORE_CITIES[2].code,)
    )
    assert choose(tmp_path, "3", 0, is_running=False) == Choice((), (MORE_CITIES[0].code,))
    assert choose(tmp_path, "2", PLENTY, is_running=False) == Choice()


def test_a_city_that_runs_keeps_its_site(tmp_path: Path) -> None:
    base = started(tmp_path, *MORE_CITIES[:2])
    assert choose(base, "", 0, is_running=True) == Choice(MORE_CITIES[:2])
    assert choose(base, "5", 0, is_running=True) == Choice(MORE_CITIES[:2], (MORE_CITIES[2].code,))
    assert choose(base, "3", PLENTY, is_running=True) == Choice(MORE_CITIES[:1])


def test_a_recorded_city_stays_recorded(tmp_path: Path) -> None:
    code = MORE_CITIES[1].code
    base = started(tmp_path, MORE_CITIES[0], recorded=(code,))
    assert last_recorded(base) == (code,)
    for is_running in (True, False):
        last = choose(base, "", 0, is_running=is_running)
        assert last == Choice(MORE_CITIES[:1], (code,))
        again = choose(base, "10", PLENTY, is_running=is_running)
        assert again == Choice((MORE_CITIES[0], *MORE_CITIES[2:]), (code,))
    assert choose(base, "3", PLENTY, is_running=True) == Choice(MORE_CITIES[:1])


def test_nothing_is_recorded_before_the_first_start(tmp_path: Path) -> None:
    assert last_recorded(tmp_path) == ()
    assert choose(tmp_path, "", PLENTY, is_running=False) == Choice()


def test_every_port_can_be_changed() -> None:
    ports = {node.key: 7000 + place for place, node in enumerate(MORE_CITIES)}
    environ = {f"FJGOV_{key.upper()}_PORT": str(port) for key, port in ports.items()}
    assert {node.key: node.port for node in placed(MORE_CITIES, environ)} == ports
    assert placed(MORE_CITIES, {}) == MORE_CITIES
    settings = run_settings({"FJGOV_RECORDED_PORT": "7100", "FJGOV_XIAMEN_PORT": "7101"})
    assert (settings.ports.recorded, settings.node("xiamen").port) == (7100, 7101)
    with pytest.raises(SystemExit, match="FJGOV_PUTIAN_PORT"):
        placed(MORE_CITIES, {"FJGOV_PUTIAN_PORT": "web"})


def test_only_cities_without_a_site_are_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FJGOV_RUN", str(started(tmp_path, *MORE_CITIES[:7])))
    monkeypatch.setattr("sys.argv", ["recorded", "up", "--nodes", "350300,350128"])
    assert record_cities() == 1
    told = capsys.readouterr().out
    assert "350300" in told
    assert told.strip().endswith(MORE_CITIES[7].code)


def test_ending_the_recordings_forgets_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FJGOV_RUN", str(started(tmp_path, recorded=("350128",))))
    monkeypatch.setattr("sys.argv", ["recorded", "down"])
    assert record_cities() == 0
    assert last_recorded(tmp_path) == ()


@pytest.mark.parametrize("wanted", ["1", "11", "ten", "-3"])
def test_other_numbers_are_refused(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(SystemExit, match="2 至 10"):
        choose(tmp_path, wanted, PLENTY, is_running=False)


@pytest.mark.parametrize("node", MORE_CITIES, ids=lambda node: node.key)
def test_moved_samples_keep_the_rules_and_name_the_new_city(node: Node) -> None:
    samples = moved_samples(node.key, node.code, node.name, TODAY)
    units = {unit["name"]: unit for unit in samples.units}
    assert len(units) > 20
    assert len(samples.entries) > 30
    wrong = [
        (unit["title"], found.rule)
        for unit in samples.units
        for found in check_unit(normalise_unit(unit), Facts(today=TODAY))
        if found.severity == "error"
    ]
    for entry in samples.entries:
        facts = Facts(today=TODAY, unit_code=units[entry["owner_org"]]["uscc"])
        wrong += [
            (entry["title"], found.rule)
            for found in check_entry(normalise_entry(entry), facts)
            if found.severity == "error"
        ]
    assert wrong == []
    assert "福州" not in str(samples)
    assert "350100" not in str(samples)
    assert all(item["name"].startswith(f"{node.key}-") for item in samples.accounts)
    assert {item["unit_name"] for item in samples.accounts} - {None} <= set(units)
    assert moved_samples(node.key, node.code, node.name, TODAY) == samples
