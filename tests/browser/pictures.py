"""The pictures of a report in the pages: `pictures.py FOLDER` writes report-light.png and report-dark.png. scripts/report-images
starts it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import month
from browser import Browser
from conftest import WINDOW, Report

WIDTH, HEIGHT = 1280, 1330


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
    finally:
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
