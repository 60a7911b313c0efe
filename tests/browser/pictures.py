"""The pictures in the pages: `pictures.py FOLDER` writes those of a report, of the page that is served, and of a run on it, light
and dark. scripts/report-images starts it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import month
from browser import Browser
from conftest import WINDOW, Report
from served import Page, Served

WIDTH, HEIGHT = 1280, 1330
MONTH = "since=2026-01-01&until=2026-01-31&tz=Europe/Berlin"


def of_page(browser: Browser, server: Served, folder: Path) -> None:
    _, found = server.ask("runs?limit=200&outcome=timed_out")
    run = max(found["runs"], key=lambda run: run["tool_calls"])["run_id"]
    page = Page(browser, server.address)
    for colours in ("light", "dark"):
        page.open(f"?{MONTH}", WIDTH, colours)
        (folder / f"page-{colours}.png").write_bytes(browser.picture(WIDTH, HEIGHT))
        page.open(f"?run={run}", WIDTH, colours)
        height = min(page.run("return document.querySelector('footer').getBoundingClientRect().top"), HEIGHT)
        (folder / f"page-run-{colours}.png").write_bytes(browser.picture(WIDTH, int(height)))


def main(folder: Path) -> None:
    browser = Browser()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            recording = Path(temporary) / "month.jsonl"
            month.write(recording)
            report = Report(Path(temporary), recording, words=[*WINDOW, "--compare"])
            for colours in ("light", "dark"):
                browser.open(report.file, WIDTH, colours)
                (folder / f"report-{colours}.png").write_bytes(browser.picture(WIDTH, HEIGHT))
            server = Served(report.home)
            try:
                of_page(browser, server, folder)
            finally:
                server.end()
    finally:
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
