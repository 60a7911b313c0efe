"""What a browser makes of the page that `telemetry serve` shows."""

from __future__ import annotations

import json
import socket
import subprocess
from itertools import combinations
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from browser import Browser
from conftest import Report, telemetry
from served import Doorman, Page, Served
from sight import apart

# The made month, in a zone of its own.
WINDOW = "since=2026-01-01&until=2026-01-31&tz=Europe/Berlin"
TAB, ENTER, DOWN = ("Tab", 9), ("Enter", 13, "\r"), ("ArrowDown", 40)


@pytest.mark.parametrize("width", [360, 800, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everything_can_be_seen(page: Page, width: int, colours: str) -> None:
    seen = page.open(f"?{WINDOW}", width, colours).seen()
    assert (seen["width"], seen["overflow"]) == (width, 0), "it scrolls sideways"
    assert len(seen["texts"]) > 250
    assert [text for text in seen["texts"] if text["contrast"] < 4.5] == []
    assert len(seen["marks"]) > 20
    assert [mark for mark in seen["marks"] if mark["contrast"] < 3] == []
    assert (sum(map(int, seen["body"][4:-1].split(","))) < 150) == (colours == "dark"), seen["body"]
    assert len(seen["drawings"]) > 15
    for drawing in seen["drawings"]:
        assert drawing["name"] and "undefined" not in drawing["name"] and "NaN" not in drawing["name"], drawing["name"]
        box = drawing["box"]
        assert box["width"] >= 60 and box["height"] >= 15, drawing["name"]
        assert drawing["parts"], drawing["name"]
        for part in drawing["parts"]:
            inside = part["left"] >= box["left"] - 1 and part["right"] <= box["right"] + 1
            assert inside and part["width"] >= 0, (drawing["name"], box, part)
    assert set(seen["figures"]) == {
        "outcomes-of-turns", "outcomes-of-runs", "latency-over-time", "cost-over-time", "tokens-over-time", "tokens-in-all",
        "errors-over-time",
    }
    # Every figure has its numbers in a table below it.
    assert page.run("return [...document.querySelectorAll('figure')].filter(figure => !figure.querySelector('table')).length") == 0


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_a_drawing_tells_apart_everybody_can(page: Page, colours: str) -> None:
    marks = page.open(f"?{WINDOW}", colours=colours).seen()["marks"]
    pairs = [(one, other) for one, other in combinations(marks, 2) if one["figure"] == other["figure"]]
    assert len(pairs) > 30
    # Another texture is enough by itself.
    close = [(one, other) for one, other in pairs if one["texture"] == other["texture"] and apart(one["paint"], other["paint"]) < 12]
    assert close == []


def test_nothing_is_asked_of_anybody_else_and_nothing_is_wrong(page: Page) -> None:
    page.open(f"?{WINDOW}")
    page.run("document.querySelector('#to-runs').click()")
    page.wait("document.querySelector('#list-of-runs a')")
    page.run("document.querySelector('#list-of-runs a').click()")
    page.wait("document.querySelector('.waterfall')")
    asked = page.browser.requests()
    assert len(asked) > 25
    assert {url.split("?")[0] for url in asked if not url.startswith((page.address, "data:"))} == set()
    assert page.browser.complaints() == []


def test_its_numbers_are_those_of_insights(page: Page, server: Served) -> None:
    numbers = page.open(f"?{WINDOW}").numbers()
    window = ["--since", "2026-01-01", "--until", "2026-01-31", "--tz", "Europe/Berlin", "--by", "host"]
    insights = json.loads(telemetry("insights", "--json", "--home", server.home, *window))
    # What is an agent on the page is a host to the command line.
    insights["by"]["agent"] = insights["by"]["host"]
    assert len(numbers) > 140
    for path, shown in numbers.items():
        found: object = insights
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step] if found is not None else None
        assert shown == found, path
    # What is drawn is what the table beside it says, and the days sum up to the whole.
    days = page.run("return [...document.querySelectorAll('#outcomes-of-runs tbody td:last-child')].map(cell => Number(cell.textContent))")
    assert sum(days) == insights["runs"]["total"]
    assert len(days) == len([day for day in insights["by"]["day"] if day["runs"]["total"]])


def test_hours_of_a_short_window_are_its_days(page: Page, server: Served) -> None:
    page.open("?since=2026-01-14&until=2026-01-16&tz=Europe/Berlin")
    hours = page.run("return [...document.querySelectorAll('#outcomes-of-runs tbody tr')].map(row => row.lastChild.textContent)")
    assert page.run("return document.querySelector('#outcomes-of-runs figcaption').textContent") == "Runs per hour"
    _, insights = server.ask("insights?since=2026-01-14&until=2026-01-16&tz=Europe/Berlin&by=hour&by=day")
    assert len(hours) > 5 and sum(map(int, hours)) == insights["runs"]["total"] == sum(day["runs"]["total"] for day in insights["by"]["day"])
    assert all(hour["key"].endswith(":00:00Z") for hour in insights["by"]["hour"])


def test_filters_are_in_the_address_and_the_way_back_works(page: Page) -> None:
    page.open(f"?{WINDOW}")
    everything = page.numbers()["model_calls.latency_ms.p50"]
    page.choose("model", "gpt-5")
    address = urlsplit(page.browser.driver.current_url)
    assert parse_qs(address.query) == {"since": ["2026-01-01"], "until": ["2026-01-31"], "tz": ["Europe/Berlin"], "model": ["gpt-5"]}
    only = page.numbers()
    assert only["model_calls.latency_ms.p50"] != everything
    assert page.run("return [...document.querySelectorAll('#cost-model tbody th')].map(head => head.textContent)") == ["gpt-5"]
    assert page.run("return document.activeElement.name") == "model", "the focus stays where it was"
    page.choose("outcome", "errored")
    # The same address says the same in another window.
    page.browser.driver.refresh()
    page.loaded()
    assert page.run("return [document.querySelector('[name=model]').value, document.querySelector('[name=outcome]').value]") == ["gpt-5", "errored"]
    page.run("history.back()")
    page.wait("document.querySelector('[name=outcome]').value === '' && !document.querySelector('main').hasAttribute('aria-busy')")
    assert page.numbers() == only
    # To the runs and back with the same filter.
    page.run("document.querySelector('#to-runs').click()")
    page.wait("document.querySelector('#list-of-runs')")
    assert page.run("return new Set([...document.querySelectorAll('#list-of-runs tbody td:nth-child(5)')].map(cell => cell.textContent)).size") == 1


def test_the_list_of_runs_is_whole_page_by_page(page: Page, server: Served) -> None:
    window = ["--since", "2026-01-01", "--until", "2026-01-31", "--tz", "Europe/Berlin"]
    runs = json.loads(telemetry("runs", "--json", "--home", server.home, *window))["runs"]
    page.open(f"?view=runs&{WINDOW}")
    shown: list[str] = []
    while True:
        shown += page.run("return [...document.querySelectorAll('#list-of-runs tbody a')].map(link => new URLSearchParams(link.search).get('run'))")
        if not page.run("return document.querySelector('#older') !== null"):
            break
        page.run("document.querySelector('#older').click()")
        page.wait(f"!document.querySelector('main').hasAttribute('aria-busy') && !document.querySelector('#list-of-runs a').search.includes('{shown[-1]}') && document.querySelector('#list-of-runs a').search.includes('run=') && new URLSearchParams(document.querySelector('#list-of-runs tbody a').search).get('run') !== '{shown[-50]}'")
    assert len(shown) > 300 and shown == [run["run_id"] for run in sorted(runs, key=lambda run: (run["started_at"], run["run_id"]), reverse=True)]


def test_a_run_is_a_waterfall(page: Page, server: Served) -> None:
    _, found = server.ask("runs?limit=100&outcome=timed_out")
    run = max(found["runs"], key=lambda run: run["tool_calls"] + run["failed_attempts"])
    _, detail = server.ask(f"runs/{run['run_id']}")
    page.open(f"?run={run['run_id']}")
    parts = ("model_calls", "failed_attempts", "tool_calls", "approvals")
    expected = sum(1 + sum(len(turn[part]) for part in parts) for turn in detail["turns"])
    bars = page.run("""return [...document.querySelectorAll('.waterfall tbody tr')].map(row => {
        const bar = row.querySelector('.bar')?.getBoundingClientRect(), span = row.querySelector('.span')?.getBoundingClientRect();
        return bar && [bar.left, bar.right, span.left, span.right] })""")
    assert len(bars) == expected > 10
    assert all(bar is None or (bar[0] - 1 <= bar[2] <= bar[3] <= bar[1] + 1) for bar in bars)
    assert page.run("return document.title") == f"Run {run['run_id'][:8]} – telemetry"
    took = page.run("return [...document.querySelectorAll('.waterfall .turn')].length")
    assert took == len(detail["turns"])


def test_it_can_be_read_without_eyes_or_a_mouse(page: Page) -> None:
    seen = page.open(f"?{WINDOW}").seen()
    assert seen["language"] == "en" and seen["title"] == "Overview – telemetry"
    assert seen["landmarks"] == ["header", "nav", "main", "footer", "h1"]
    steps = list(zip(seen["headings"], seen["headings"][1:]))
    assert seen["headings"][0] == 1 and all(deeper <= level + 1 for level, deeper in steps), seen["headings"]
    assert seen["unscoped"] == 0 and seen["unnamed"] == 0
    unnamed = """return [...document.querySelectorAll('a, button, select, input')].filter(one => one.checkVisibility())
        .filter(one => !(one.getAttribute('aria-label') || one.textContent.trim() || one.closest('label')?.textContent.trim()))
        .map(one => one.outerHTML)"""
    assert page.run(unnamed) == []
    ids = page.run("return [...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    assert page.run("return [document.querySelector('#status').getAttribute('aria-live'), document.querySelector('#status').textContent]") == ["polite", "Overview – telemetry: loaded"]
    # The whole page from the keyboard; of a group of radios one is a stop.
    wanted = "a[href], summary, [tabindex='0'], button, select, input[type=date], input:checked"
    count = page.run(f"return [...document.querySelectorAll(\"{wanted}\")].filter(e => e.checkVisibility()).length")
    reached, unseen = set(), []
    for _ in range(3 * count):
        page.press(*TAB)
        at, outline = page.run("""const one = document.activeElement, look = one.closest('.segments label') ?? one;
            return [[...document.body.querySelectorAll('*')].indexOf(one), getComputedStyle(look).outlineStyle]""")
        # Between the last and the first is the browser's own.
        if at >= 0:
            reached.add(at)
            unseen += [at] if outline == "none" else []
    assert len(reached) >= count > 25 and unseen == []


def test_everything_is_done_with_a_keyboard(page: Page) -> None:
    page.open(f"?{WINDOW}")
    page.run("document.querySelector('[name=model]').focus()")
    page.press(*DOWN)
    page.press(*ENTER)
    page.wait("location.search.includes('model=')")
    page.loaded()
    page.run("document.querySelector('#tokens-over-time summary').focus()")
    page.press(*ENTER)
    assert page.run("return document.querySelector('#tokens-over-time details').open")
    page.run("document.querySelector('#to-runs').focus()")
    page.press(*ENTER)
    page.wait("document.querySelector('#list-of-runs')")
    page.wait("document.activeElement.id === 'title'")
    page.run("document.querySelector('#list-of-runs a').focus()")
    page.press(*ENTER)
    page.wait("document.querySelector('.waterfall') && document.activeElement.id === 'title'")


def test_what_is_open_stays_open_when_it_looks_again(page: Page) -> None:
    page.open(f"?{WINDOW}")
    page.run("document.querySelector('#cost-over-time summary').click(); document.querySelector('#tools-table').focus()")
    made = page.run("const title = document.querySelector('#title'); title.dataset.old = 'yes'; return title.dataset.old")
    assert made == "yes"
    page.run("document.querySelector('#pause').click(); document.querySelector('#tools-table').focus()")
    assert page.run("return document.querySelector('#pause').getAttribute('aria-pressed')") == "true"
    page.run("document.querySelector('#pause').click(); document.querySelector('#tools-table').focus()")
    page.wait("!document.querySelector('#title').dataset.old")
    assert page.run("return [document.querySelector('#cost-over-time details').open, document.activeElement.id]") == [True, "tools-table"]


def test_light_and_dark_can_be_chosen(page: Page) -> None:
    page.open(f"?{WINDOW}")
    light = page.seen()["body"]
    page.run("document.querySelector('#theme').click()")
    assert page.seen()["body"] != light
    page.open(f"?{WINDOW}")
    assert page.seen()["body"] != light, "it is remembered"
    page.run("document.querySelector('#theme').click(); localStorage.clear()")
    assert page.seen()["body"] == light


def test_a_pointer_is_told_what_it_points_at(page: Page) -> None:
    page.open(f"?{WINDOW}")
    place = page.run("const box = document.querySelector('#cost-over-time .plot').getBoundingClientRect(); scrollTo({ top: box.top - 200, behavior: 'instant' }); return [box.left, box.width]")
    top = page.run("return document.querySelector('#cost-over-time .plot').getBoundingClientRect().top")
    page.browser.command("Input.dispatchMouseEvent", type="mouseMoved", x=place[0] + place[1] * 0.5, y=top + 90)
    said = page.wait("!document.querySelector('.tip').hidden && document.querySelector('.tip').innerText")
    assert said.startswith("2026-01-1") and "$" in said
    page.browser.command("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    page.wait("document.querySelector('.tip').hidden")


def test_names_that_want_to_be_code_are_names(browser: Browser, evil_server: Served) -> None:
    page = Page(browser, evil_server.address)
    browser.complaints(), browser.requests()
    _, found = evil_server.ask("runs?limit=1")
    run = found["runs"][0]["run_id"]
    for place in ("?since=all", "?since=all&view=runs", f"?run={run}", f"?since=all&model={quote(found['runs'][0]['model'])}"):
        for width in (360, 1280):
            seen = page.open(place, width).seen()
            assert seen["ran"] == [None, 1] and seen["title"].endswith(" – telemetry") and seen["overflow"] == 0, place
        assert page.run("return document.querySelectorAll('img, iframe, object, embed, link[rel=stylesheet]:not([href^=assets])').length") == 0
        handlers = "return [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length"
        assert page.run(handlers) == 0
        said = page.run("return document.body.innerText")
        assert "<script>window.evil=1" in said and "\u202e" not in said, place
    assert [url for url in browser.requests() if not url.startswith((page.address, "data:"))] == [] and browser.complaints() == []


def test_the_policy_holds_by_itself(page: Page) -> None:
    """What got into the page by hand is not run, fetched or obeyed."""
    page.open(f"?{WINDOW}")
    page.browser.complaints(), page.browser.requests()
    page.run("""const script = document.createElement('script'); script.textContent = 'window.evil=1'; document.body.append(script);
        const style = document.createElement('style'); style.textContent = 'h1{display:none}'; document.body.append(style);
        const image = document.createElement('img'); image.src = 'https://example.org/x.png'; document.body.append(image);
        document.body.insertAdjacentHTML('beforeend', '<p id=styled style="display:none">x</p>')""")
    assert page.run("return [window.evil, document.querySelector('h1').offsetHeight > 0, document.querySelector('#styled').offsetHeight > 0]") == [None, True, True]
    assert len(page.browser.complaints()) >= 4, "each is refused, and said"
    assert [url for url in page.browser.requests() if "example.org" in url] == []


def test_an_empty_home_has_a_page(browser: Browser, plain_server: Served) -> None:
    page = Page(browser, plain_server.address)
    for place, words in (("", "Nothing was recorded in this window."), ("?view=runs", "No run began in this window.")):
        seen = page.open(place, 360).seen()
        assert seen["overflow"] == 0 and seen["drawings"] == []
        assert any(text["said"].startswith(words) for text in seen["texts"]), seen["texts"]
    page.open("?run=0123")
    assert "no run `0123`" in page.run("return document.querySelector('[role=alert]').innerText")


def test_a_key_is_asked_for_and_kept_in_the_tab_alone(browser: Browser, server: Served) -> None:
    key = "0123456789abcdef" * 4
    doorman = Doorman(server.address, key)
    try:
        page = Page(browser, doorman.address).open(f"?{WINDOW}", 360)
        seen = page.seen()
        assert seen["overflow"] == 0 and [text for text in seen["texts"] if text["contrast"] < 4.5] == []
        give = "const key = document.querySelector('#key'); key.value = '{}'; key.form.requestSubmit()"
        page.run(give.format("not a key"))
        page.wait("document.querySelector('#key-wrong').textContent === 'A key is 64 hex digits.'")
        page.run(give.format("f" * 64))
        page.wait("document.querySelector('#key-wrong').textContent.startsWith('This key opens nothing')")
        assert page.run("return sessionStorage.length") == 0
        page.run(give.format(key))
        page.wait("document.querySelector('#numbers')")
        kept = page.run("return [Object.values(sessionStorage), Object.values(localStorage), document.cookie, location.href.includes('0123456789')]")
        assert kept == [[key], [], "", False]
        page.run("document.querySelector('#forget').click()")
        page.wait("document.querySelector('#key')")
        assert page.run("return [sessionStorage.length, document.querySelector('#numbers')]") == [0, None]
    finally:
        doorman.end()


def test_a_server_that_is_gone_is_said_and_its_last_numbers_stay(browser: Browser, report: Report) -> None:
    server = Served(report.home)
    page = Page(browser, server.address).open(f"?{WINDOW}")
    numbers = page.numbers()
    assert server.end() == 0, "who ends it is obeyed"
    look = "document.querySelector('#pause').click(); document.querySelector('#pause').click()"
    page.run(look)
    page.wait("document.querySelector('#trouble').innerText.includes('cannot be reached')")
    assert page.numbers() == numbers
    assert page.seen()["overflow"] == 0
    again = Served(report.home, server.port)
    try:
        page.run(look)
        page.wait("document.querySelector('#trouble').innerText === ''")
        assert page.numbers() == numbers
    finally:
        again.end()


def test_only_this_machine_is_answered(server: Served) -> None:
    status, problem = server.ask("names", host="evil.example")
    assert (status, problem["title"]) == (421, "Meant for somebody else")
    assert server.ask("names", host=f"localhost:{server.port}")[0] == 200
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:80"):
        done = subprocess.run([server.process.args[0], "serve", "--home", server.home, "--listen", address], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and "loopback" in done.stderr
    taken = subprocess.run([server.process.args[0], "serve", "--home", server.home, "--listen", f"127.0.0.1:{server.port}"], capture_output=True, text=True, check=False)
    assert taken.returncode == 1 and taken.stderr.count("\n") == 1 and "--listen" in taken.stderr
    with socket.create_connection(("127.0.0.1", server.port)) as wire:
        wire.sendall(b"GET /api/v1/names HTTP/1.0\r\n\r\n")
        assert wire.recv(64).split()[1] == b"421", "without a name"
