"""What a browser makes of a report."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from browser import Browser
from conftest import Report
from sight import apart

MEASURES = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


def seen(browser: Browser, report: Report, width: int = 1280, colours: str = "light") -> dict:
    browser.open(report.file, width, colours)
    return browser.run(MEASURES)


@pytest.mark.parametrize("width", [360, 800, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everything_can_be_seen(browser: Browser, report: Report, width: int, colours: str) -> None:
    page = seen(browser, report, width, colours)
    assert (page["width"], page["overflow"]) == (width, 0), "it scrolls sideways"
    assert len(page["texts"]) > 300
    assert [text for text in page["texts"] if text["contrast"] < 4.5] == []
    assert len(page["marks"]) > 12
    assert [mark for mark in page["marks"] if mark["contrast"] < 3] == []
    assert (sum(map(int, page["body"][4:-1].split(","))) < 150) == (colours == "dark"), page["body"]
    assert len(page["drawings"]) > 12
    for drawing in page["drawings"]:
        assert drawing["name"] and "undefined" not in drawing["name"]
        box = drawing["box"]
        assert box["width"] >= 60 and box["height"] >= 15, drawing["name"]
        assert drawing["parts"], drawing["name"]
        for part in drawing["parts"]:
            inside = part["left"] >= box["left"] - 1 and part["right"] <= box["right"] + 1
            assert inside and part["width"] >= 0, (drawing["name"], box, part)
    figures = {figure for figure in page["figures"]}
    assert {"turn-time", "tokens-in-all", "outcomes-by-day", "latency-by-day", "tokens-by-day"} <= figures
    # Figures are as wide as the page lets them be; only the drawings in tables may be reached by scrolling.
    whole = [drawing["box"] for drawing in page["drawings"] if drawing["box"]["height"] > 25]
    assert len(whole) >= len(figures) and all(0 <= box["left"] and box["right"] <= width for box in whole)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_a_drawing_tells_apart_everybody_can(browser: Browser, report: Report, colours: str) -> None:
    marks = seen(browser, report, colours=colours)["marks"]
    pairs = [(one, other) for one, other in combinations(marks, 2) if one["figure"] == other["figure"]]
    assert len(pairs) > 15
    # Another texture is enough by itself.
    close = [(one, other) for one, other in pairs if one["texture"] == other["texture"] and apart(one["paint"], other["paint"]) < 12]
    assert close == []


def test_nothing_is_fetched_and_nothing_is_wrong(browser: Browser, report: Report) -> None:
    browser.complaints(), browser.requests()
    seen(browser, report)
    assert browser.requests() == [report.file.as_uri()]
    assert browser.complaints() == []


def test_its_numbers_are_those_of_insights(browser: Browser, report: Report) -> None:
    page, insights = seen(browser, report), report.insights()
    assert len(page["numbers"]) > 120
    for path, shown in page["numbers"]:
        found: object = insights
        for step in path.split("."):
            if isinstance(found, list):
                found = found[int(step)] if int(step) < len(found) else None
            else:
                found = found.get(step) if isinstance(found, dict) else None
        assert (None if shown == "null" else float(shown)) == found, path


def test_it_can_be_read_without_eyes_or_a_mouse(browser: Browser, report: Report) -> None:
    page = seen(browser, report)
    assert page["language"] == "en" and page["title"].startswith("telemetry report: 16 January 2026")
    assert page["landmarks"] == ["header", "nav", "main", "footer", "h1"]
    steps = list(zip(page["headings"], page["headings"][1:]))
    assert page["headings"][0] == 1 and all(deeper <= level + 1 for level, deeper in steps), page["headings"]
    assert page["unscoped"] == 0 and page["unnamed"] == 0
    # The whole page from the keyboard: links, tables that scroll, and what can be opened.
    wanted = "a[href], summary, [tabindex='0']"
    count = browser.run(f"return [...document.querySelectorAll(\"{wanted}\")].filter(e => e.checkVisibility()).length")
    reached = set()
    for _ in range(count):
        for kind in ("keyDown", "keyUp"):
            browser.command("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.add(browser.run("return [...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert len(reached) == count > 20
    browser.run("document.querySelector('details.run summary').focus()")
    browser.command("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13)
    browser.command("Input.dispatchKeyEvent", type="keyUp", key="Enter", code="Enter", windowsVirtualKeyCode=13)
    assert browser.run("return document.querySelector('details.run').open")


def test_names_that_want_to_be_code_are_names(browser: Browser, evil: Report) -> None:
    browser.complaints(), browser.requests()
    for width in (360, 1280):
        page = seen(browser, evil, width)
        assert page["ran"] == [None, 0] and page["title"] == "telemetry report: all time"
        assert page["overflow"] == 0 and len(page["texts"]) > 100
    assert browser.run("return document.querySelectorAll('img, iframe, object, embed, form, link').length") == 0
    handlers = "return [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length"
    assert browser.run(handlers) == 0
    said = browser.run("return document.body.innerText")
    assert "<script>window.evil=1" in said and "\\u{202e}\\u{7}" in said and "\u202e" not in said
    assert set(browser.requests()) == {evil.file.as_uri()} and browser.complaints() == []


def test_a_page_may_run_nothing_even_if_something_got_in(browser: Browser, report: Report, tmp_path: Path) -> None:
    """The policy holds by itself: a script, a style and a picture put into the page by hand are not obeyed."""
    page = report.file.read_text(encoding="utf-8")
    got_in = "<main><script>window.evil=1</script><style>h1{display:none}</style><img src='https://example.org/x.png'>"
    (tmp_path / "open.html").write_text(page.replace("<main>", got_in), encoding="utf-8")
    browser.requests()
    browser.open(tmp_path / "open.html")
    assert browser.run("return [window.evil, document.querySelector('h1').offsetHeight > 0]") == [None, True]
    assert len(browser.complaints()) == 3, "each is refused, and said"
    assert [url for url in browser.requests() if not url.startswith("file:")] == []


def test_an_empty_home_has_a_page(browser: Browser, plain: Report) -> None:
    page = seen(browser, plain, 360)
    assert page["overflow"] == 0 and page["drawings"] == [] and page["figures"] == []
    assert any(text["said"] == "Nothing was recorded in this window." for text in page["texts"])


def test_it_can_be_printed(browser: Browser, report: Report) -> None:
    browser.open(report.file)
    browser.command("Emulation.setEmulatedMedia", media="print")
    hidden = browser.run("return [...document.querySelectorAll('nav, .numbers')].every(e => !e.checkVisibility())")
    runs = browser.run("return [...document.querySelectorAll('.run table')].every(e => e.getBoundingClientRect().height > 0)")
    browser.command("Emulation.setEmulatedMedia", media="")
    assert hidden and runs
