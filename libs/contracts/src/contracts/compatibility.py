"""What may change inside a version: only what no consumer and no producer of yesterday can notice.

New optional fields and wider texts are fine; a removed field, a new required one, another type or a tighter bound
are not.
"""

from __future__ import annotations

from typing import Any

TIGHTER_WHEN_HIGHER = ("minimum", "minLength", "minItems", "exclusiveMinimum")
TIGHTER_WHEN_LOWER = ("maximum", "maxLength", "maxItems", "exclusiveMaximum")


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what in ``new`` would break somebody who knows ``old``; both are whole schemas."""
    return _compare(old, new, old.get("$defs", {}), new.get("$defs", {}), "")


def _resolve(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if not reference:
        return schema
    target: dict[str, Any] = definitions[reference.rsplit("/", 1)[1]]
    return target


def _compare(
    old: dict[str, Any], new: dict[str, Any], old_defs: dict[str, Any], new_defs: dict[str, Any], path: str
) -> list[str]:
    old, new = _resolve(old, old_defs), _resolve(new, new_defs)
    here = path or "the body"
    found = [
        f"{here}: {key} changed"
        for key in ("type", "pattern", "format", "contentEncoding", "const")
        if old.get(key) != new.get(key)
    ]
    if set(old.get("enum", ())) != set(new.get("enum", ())):
        found.append(f"{here}: other choices")
    found += [
        f"{here}: {key} is tighter"
        for key in TIGHTER_WHEN_HIGHER
        if new.get(key, float("-inf")) > old.get(key, float("-inf"))
    ]
    found += [
        f"{here}: {key} is tighter"
        for key in TIGHTER_WHEN_LOWER
        if new.get(key, float("inf")) < old.get(key, float("inf"))
    ]
    added = set(new.get("required", ())) - set(old.get("required", ()))
    found += [f"{here}: {name} is now required" for name in sorted(added)]
    dropped = set(old.get("required", ())) - set(new.get("required", ()))
    found += [f"{here}: {name} is no longer promised" for name in sorted(dropped)]
    before, after = old.get("properties", {}), new.get("properties", {})
    found += [f"{path}.{name}: removed".lstrip(".") for name in before if name not in after]
    for name in before.keys() & after.keys():
        found += _compare(before[name], after[name], old_defs, new_defs, f"{path}.{name}".lstrip("."))
    for key in ("items",):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            found += _compare(old[key], new[key], old_defs, new_defs, f"{path}[]")
    choices_before, choices_after = old.get("anyOf", []), new.get("anyOf", [])
    if len(choices_before) != len(choices_after):
        found.append(f"{here}: other alternatives")
    for index, (one, other) in enumerate(zip(choices_before, choices_after, strict=False)):
        found += _compare(one, other, old_defs, new_defs, f"{path}|{index}")
    return found
