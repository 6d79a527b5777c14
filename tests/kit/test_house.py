"""What no linter looks at: which way the schema looks, and that nothing of a machine or a registry is written down."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_imports_nothing_of_ours() -> None:
    tree = ast.parse((ROOT / "models.py").read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in imported}
    assert roots <= {"peewee", "playhouse", "msgspec"} | set(sys.stdlib_module_names)


def test_every_pin_has_a_hash_and_no_registry_is_named() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        assert "index-url" not in text
        assert "find-links" not in text
        assert not re.search(r"https?://", text)
        for pin in re.findall(r"^[a-z0-9][^\n]*(?:\n[ ]+--hash=\S+(?: \\)?)*", text, re.MULTILINE):
            assert "==" in pin, pin
            assert "--hash=sha256:" in pin, pin


def test_what_the_app_needs_is_pinned_once() -> None:
    pins = [
        dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    for name in pins[0].keys() & pins[1].keys():
        assert pins[0][name] == pins[1][name], name


def test_whoever_drives_a_browser_is_run_with_the_journeys() -> None:
    tests, folders = ROOT / "tests", ("tests/journeys", "tests/photos", "tests/kit")
    driving = [path for path in tests.rglob("*.py") if "playwright" in path.read_text("utf-8")]
    assert [str(path) for path in driving if not str(path.relative_to(ROOT)).startswith(folders)] == []
    assert {path.name for path in (tests / "kit").glob("test_*.py") if path in driving} <= {
        "test_browser.py",
        "test_house.py",
    }
