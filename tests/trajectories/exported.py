"""A home with every recorded session in it, and what `telemetry export` writes of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from documents import Document, every
from home import Home
from recordings import NAMES


class Exported:
    def __init__(self, folder: Path, *, content: bool) -> None:
        self.home = Home(folder / "home", trajectories={"enabled": content})
        self.home.replay(NAMES, content=content)
        self.folder = folder
        self.streams = self.write("atof")
        self.documents = self.write("atif")

    def write(self, shape: str, *words: str) -> list[Path]:
        """The files of an export of everything."""
        folder = self.folder / "-".join([shape, *words])
        self.home.do("export", "--format", shape, *words, "--out", folder)
        return sorted(file for file in folder.rglob("*") if file.is_file())

    def trajectories(self) -> dict[str, Document]:
        """Every trajectory, embedded or not, by its session."""
        found = [document for file in self.documents for document in every(file)]
        twice = [session for session, times in Counter(one.told["session_id"] for one in found).items() if times > 1]
        assert not twice, f"told twice: {twice}"
        return {document.told["session_id"]: document for document in found}
