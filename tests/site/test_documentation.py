"""What is documented exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_exists_with_the_options_named(page):
    known = get_commands()
    for line in page.read_text(encoding="utf-8").splitlines():
        found = re.search(r"manage\.py ([a-z_]+)(.*)", line)
        if found is None:
            continue
        name, rest = found.groups()
        assert name in known, f"{page.name}: manage.py {name}"
        command = load_command_class(known[name], name)
        options = command.create_parser("manage.py", name)._option_string_actions
        missing = [
            option for option in re.findall(r"--[a-z][a-z-]*", rest) if option not in options
        ]
        assert missing == [], f"{page.name}: manage.py {name}"


@pytest.mark.parametrize("script", ["server", "test", "bench"])
def test_the_scripts_of_the_readme_can_be_run(script):
    path = ROOT / "script" / script

    assert path.stat().st_mode & 0o111
