"""Isolation is one file to review: nothing else names a collection."""

from __future__ import annotations

import ast

from local.platform import REPO


def test_only_the_paths_name_collections() -> None:
    named = set()
    for folder in ("shared", "functions", "ops"):
        for path in (REPO / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in {"collection", "collection_group"}:
                    named.add(str(path.relative_to(REPO)))

    assert named == {"shared/adapters/firestore/_paths.py"}
