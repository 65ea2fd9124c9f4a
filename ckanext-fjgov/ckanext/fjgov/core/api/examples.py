"""Examples in sequences: each says who calls, what comes of it, and what later ones build on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.api.table import table


def by_operation() -> dict[str, dict[str, Any]]:
    """Give the examples of each operation, as OpenAPI has them: operation -> name -> example."""
    found: dict[str, dict[str, Any]] = {}
    for sequence in table("examples"):
        for number, step in enumerate(sequence["steps"], 1):
            name = f"{sequence['name']}_{number}"
            found.setdefault(step["call"], {})[name] = _example(sequence, number, step)
    return found


def sequences() -> list[dict[str, Any]]:
    """Give the sequences with the variables that must be known beforehand."""
    return [
        {
            "name": one["name"],
            "summary": f"{one['zh']} / {one['en']}",
            "variables": one.get("variables", {}),
            "steps": [step["call"] for step in one["steps"]],
        }
        for one in table("examples")
    ]


def _example(sequence: Mapping[str, Any], number: int, step: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "summary": f"{step['zh']} / {step['en']}",
        "value": step.get("with", {}),
        "x-fjgov-sequence": sequence["name"],
        "x-fjgov-step": number,
        "x-fjgov-role": step.get("role", "anonymous"),
        "x-fjgov-status": step.get("status", 200),
    }
    for name in ("keep", "headers", "expect"):
        if name in step:
            found[f"x-fjgov-{name}"] = step[name]
    return found
