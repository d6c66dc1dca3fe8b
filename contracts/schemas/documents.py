"""The committed schemas by name, and the response schemas of OpenAPI documents."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from contracts.schemas.checker import SchemaError, resolve, verify

FOLDER = Path(__file__).parent


class Undocumented(LookupError):
    """An OpenAPI document says nothing about this path, method or status."""


@cache
def load(name: str) -> dict[str, Any]:
    """Read `contracts/schemas/<name>.json` and make sure that every keyword in it is checked.

    Raises SchemaError for an unknown name or an unknown keyword.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.json")))
        raise SchemaError(f"there is no schema {name!r}; there are {known}")
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    verify(schema, schema, f"{path.name}#")
    return schema


def schema_of(
    openapi: Mapping[str, Any],
    path: str,
    method: str,
    status: int,
    content: str = "application/json",
) -> Mapping[str, Any] | bool | None:
    """Find the documented schema of one response; None when it is documented to have no such body.

    `path` may be a template as in the document or a concrete path without query. A status is found
    as itself, as its class (`4XX`) or as `default`. Check a body with
    `problems(body, schema_of(doc, …), root=doc)`. Raises Undocumented with what is documented.
    """
    paths = openapi.get("paths", {})
    template = path if path in paths else _template_of(path, paths)
    if template is None:
        raise Undocumented(f"{path}: not among the documented paths {', '.join(paths)}")
    operation = paths[template].get(method.lower())
    if operation is None:
        known = ", ".join(name.upper() for name in paths[template] if name in _METHODS)
        raise Undocumented(f"{method.upper()} {template}: only {known} documented")
    responses = operation.get("responses", {})
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in responses:
            response = responses[key]
            break
    else:
        raise Undocumented(
            f"{method.upper()} {template}: status {status} is not documented, "
            f"only {', '.join(responses)}"
        )
    if "$ref" in response:
        response = resolve(response["$ref"], openapi)
    media = response.get("content", {}).get(content)
    if media is None:
        return None
    schema: Mapping[str, Any] | bool = media.get("schema", True)
    return schema


_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def _template_of(path: str, paths: Mapping[str, Any]) -> str | None:
    """Find the template that fits with the fewest placeholders, as OpenAPI demands."""
    fitting = [
        template
        for template in paths
        if re.fullmatch(
            "".join(
                "[^/]+" if part.startswith("{") else re.escape(part)
                for part in re.split(r"(\{[^}]*\})", template)
            ),
            path,
        )
    ]
    return min(fitting, key=lambda template: template.count("{"), default=None)
