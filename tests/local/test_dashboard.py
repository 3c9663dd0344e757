"""The page's build: typed, as the API says, within its budget; and the files as Hosting would serve them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from local.dashboard import WEB, build
from local.platform import REPO
from local.site import INIT, Site
from shared.core.refusal import GONE

if TYPE_CHECKING:
    from pathlib import Path

KILOBYTE = 1_000
POLICY = "Content-Security-Policy"


@pytest.fixture(scope="module")
def dist() -> Path:
    def run(_name: str, command: object) -> None:
        subprocess.run(command, cwd=WEB, check=True, capture_output=True, timeout=600)  # type: ignore[call-overload]

    build(run)
    return WEB / "dist"


def npm(*command: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("npm")
    assert program is not None
    return subprocess.run(
        [program, "--silent", *command], cwd=WEB, check=False, capture_output=True, text=True, timeout=120
    )


def weight(paths: list[Path]) -> float:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths) / KILOBYTE


@pytest.mark.usefixtures("dist")
def test_the_pages_client_is_what_the_api_describes(tmp_path: Path) -> None:
    """`make openapi` writes both anew."""
    made = tmp_path / "schema.d.ts"
    done = npm("exec", "--", "openapi-typescript", "../openapi.json", "--output", str(made))

    assert done.returncode == 0, done.stderr
    assert made.read_text() == (WEB / "src" / "api" / "schema.d.ts").read_text()


@pytest.mark.usefixtures("dist")
def test_the_page_is_typed_throughout() -> None:
    done = npm("run", "types")

    assert done.returncode == 0, done.stdout


@pytest.mark.usefixtures("dist")
def test_the_pages_arithmetic_and_spelling_hold() -> None:
    done = npm("test")

    assert done.returncode == 0, done.stdout
    assert "# fail 0" in done.stdout


def test_every_reason_to_leave_an_address_alone_has_its_words() -> None:
    known = (WEB / "src" / "ui" / "Notifications.tsx").read_text()

    assert [reason for reason in sorted(GONE) if f'"{reason}"' not in known] == []


def test_what_is_loaded_first_is_light(dist: Path) -> None:
    assets = dist / "assets"
    first = [*assets.glob("index-*.js"), max(assets.glob("pt-BR-*.js"), key=lambda path: path.stat().st_size)]

    assert weight(first) <= 60
    assert weight(list(assets.glob("*.css"))) <= 12


def test_the_sdk_is_loaded_by_nobody_who_does_not_listen(dist: Path) -> None:
    (first,) = (dist / "assets").glob("index-*.js")

    assert "firebase" not in (dist / "index.html").read_text()
    assert "firestore.googleapis.com" not in first.read_text()


def test_the_page_holds_no_inline_script_or_style(dist: Path) -> None:
    html = (dist / "index.html").read_text()

    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert "<style" not in html
    assert "style=" not in html


def test_packages_are_pinned_and_name_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    wanted = json.loads((WEB / "package.json").read_text())

    assert all("resolved" not in package for package in lock["packages"].values())
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)
    pins = wanted["dependencies"] | wanted["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())


@pytest.fixture
def site(dist: Path) -> Site:
    hosting = json.loads((REPO / "firebase.json").read_text())["hosting"]
    assert REPO / hosting["public"] == dist
    return Site(
        dist, hosting["headers"], "demo-x", {"auth": "http://127.0.0.1:1", "firestore": "http://127.0.0.1:2"}
    )


def test_the_page_is_served_under_a_policy_that_lets_it_talk_to_nobody_else(site: Site) -> None:
    page = site.find("/")

    assert page is not None
    policy = dict(page.headers)[POLICY]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http://127.0.0.1:1 http://127.0.0.1:2" in policy
    assert dict(page.headers)["Cache-Control"] == "no-cache"


def test_assets_may_be_kept_for_ever_because_their_names_say_what_is_in_them(site: Site, dist: Path) -> None:
    name = next((dist / "assets").glob("index-*.js")).name
    script = site.find(f"/assets/{name}")

    assert script is not None
    assert "immutable" in dict(script.headers)["Cache-Control"]
    assert dict(script.headers)["Content-Type"].startswith("text/javascript")
    assert dict(script.headers)["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../package.json",
        "/assets/",
        "/assets/none.js",
        "/package.json",
        "/src/main.tsx",
        "/..",
        "/assets/\0",
    ],
)
def test_nothing_but_the_build_is_served(site: Site, path: str) -> None:
    assert site.find(path) is None


def test_a_page_learns_its_project_where_hosting_tells_it(site: Site) -> None:
    about = site.find(INIT)

    assert about is not None
    assert json.loads(about.body) == {
        "apiKey": "local",
        "projectId": "demo-x",
        "emulators": {"auth": "http://127.0.0.1:1", "firestore": "http://127.0.0.1:2"},
    }


def test_until_it_is_built_it_says_so(tmp_path: Path) -> None:
    page = Site(tmp_path, [], "demo-x", {}).find("/")

    assert page is not None
    assert page.status.startswith("503")
    assert dict(page.headers)["Retry-After"] == "5"
