"""A headless Chromium, driven over its own protocol: pages of a file, as a reader with this screen and these colours has them, and
what they asked for and complained about."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

# Nothing of the browser's own reaches for a network that a test has no use for.
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-extensions", "--disable-dev-shm-usage", "--metrics-recording-only", "--force-color-profile=srgb",
]


def programs() -> tuple[str, str]:
    """The browser and its driver."""
    browser, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not browser or not driver:
        raise FileNotFoundError("no chromium or no chromedriver (Debian: apt install chromium chromium-driver)")
    return browser, driver


class Browser:
    def __init__(self) -> None:
        browser, driver = programs()
        self.profile = tempfile.mkdtemp(prefix="telemetry-browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for switch in [*SWITCHES, f"--user-data-dir={self.profile}"]:
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(driver))

    def close(self) -> None:
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, page: Path | str, width: int = 1280, colours: str = "light", scale: float = 1) -> None:
        """Opens a file or an address on a screen of this width, for a reader who wants these colours."""
        screen = {"width": width, "height": 900, "deviceScaleFactor": scale, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", **screen)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": colours}])
        self.driver.get(page if isinstance(page, str) else page.as_uri())

    def command(self, name: str, **words: object) -> dict:
        return self.driver.execute_cdp_cmd(name, words)

    def run(self, script: str) -> object:
        """What a script of the test's, which the page's policy has no say over, returns."""
        return self.driver.execute_script(script)

    def complaints(self) -> list[str]:
        """What is on the console, of all pages since last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Every address that was asked for since last asked; what a page's policy refused was not."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked, refused = {}, set()
        for message in messages:
            of = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                asked[of["requestId"]] = of["request"]["url"]
            elif message["method"] == "Network.loadingFailed" and of.get("blockedReason") == "csp":
                refused.add(of["requestId"])
        return [url for request, url in asked.items() if request not in refused]

    def picture(self, width: int, height: int) -> bytes:
        """The top of the page, as PNG, however much of it is on the screen."""
        self.command("Emulation.setScrollbarsHidden", hidden=True)
        area = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        taken = self.command("Page.captureScreenshot", format="png", clip=area, captureBeyondViewport=True)
        self.command("Emulation.setScrollbarsHidden", hidden=False)
        return base64.b64decode(taken["data"])
