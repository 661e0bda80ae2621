"""Small pictures of scans, made once and kept on local disk by what they were made of and by which recipe."""

import json
import secrets
import shutil
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labarchive.catalogue.disk import folder_made, replaced
from labarchive.errors import Busy, Damaged, met
from labarchive.images.apart import Hand
from labarchive.server.made import Turns, forget_oldest
from labarchive.server.scan_files import plain

RECIPE = 1
"""Grows when the same voxels give other pictures: those by older recipes go."""
KINDS: Mapping[str, str] = {"mosaic": "webp", "thumbnail": "webp", "sprite": "jpeg"}
TOGETHER = ("mosaic", "thumbnail")
"""Made of one reading of the volume, whichever is asked for."""
SPRITES = 4 << 30
"""Bytes of sprites that are kept, those that were made last: they are made on request, and ten times as large."""
EVERY = 50
"""Sprites after which the oldest are looked for."""
PATIENCE = 60.0
"""Seconds in which a volume is drawn or given up."""
PROGRAM = (sys.executable, "-m", "labarchive.server.picture")
TOO_LONG = "this volume takes too long to draw"


class Worker:
    """The process that draws; one task at a time."""

    def __init__(self) -> None:
        self._hand = Hand(PROGRAM, PATIENCE)
        self._lock = threading.Lock()

    def draw(self, files: Sequence[Mapping[str, Any]], modality: str, places: Mapping[str, str]) -> None:
        """Raises Damaged, NotFound, Busy."""
        try:
            with self._lock:
                told = self._hand.ask({"files": files, "modality": modality, "places": places})
        except TimeoutError as error:
            raise Busy(TOO_LONG, hint="ask for its volume") from error
        if told is None:
            raise Damaged(
                "this volume takes down who draws it", hint="labarchive check says what its files are"
            )
        if "error" in told:
            raise met(told["error"], told["what"], told["hint"])

    @property
    def process_id(self) -> int:
        """0 while none runs."""
        return self._hand.process_id

    def end(self) -> None:
        """Stop it; the next task starts another."""
        self._hand.end()


class Pictures:
    """A folder of pictures by their key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"recipe-{RECIPE}"
        self._worker = Worker()
        self._turns = Turns()
        self._sprites = 0
        threading.Thread(target=self._forget_older_recipes, name="pictures", daemon=True).start()

    def _forget_older_recipes(self) -> None:
        for older in self._folder.parent.glob("recipe-*"):
            if older != self._folder:
                shutil.rmtree(older, ignore_errors=True)

    def _forget_oldest_sprites(self) -> None:
        self._sprites += 1
        if self._sprites % EVERY == 0:
            forget_oldest(self._folder.glob("*/*.sprite.jpeg"), SPRITES)

    def close(self) -> None:
        """End the process that draws."""
        self._worker.end()

    def place(self, key: str, kind: str) -> Path:
        """Where a picture lies once it is made."""
        return self._folder / key[:2] / f"{key}.{kind}.{KINDS[kind]}"

    def has(self, key: str, kind: str) -> bool:
        """Whether it is drawn, or was found not to be drawable."""
        return self.place(key, kind).exists() or self._failure(key).exists()

    def kept(self, key: str, kind: str) -> bytes | None:
        """The picture when it was made already. Raises Damaged for a volume that was found not to be drawable."""
        try:
            return self.place(key, kind).read_bytes()
        except FileNotFoundError:
            pass
        try:
            words = json.loads(self._failure(key).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        raise Damaged(words["what"], hint=words["hint"])

    def made(self, key: str, kind: str, rows: Sequence[Mapping[str, Any]], modality: str) -> bytes:
        """The picture, made by the first who asks for it. Raises what drawing it raises."""
        with self._turns.of(key):
            found = self.kept(key, kind)
            return self._made(key, kind, rows, modality) if found is None else found

    def _made(self, key: str, kind: str, rows: Sequence[Mapping[str, Any]], modality: str) -> bytes:
        folder = folder_made(folder_made(self._folder) / key[:2])
        kinds = TOGETHER if kind in TOGETHER else (kind,)
        fresh = {each: folder / f".{secrets.token_hex(8)}.tmp" for each in kinds}
        try:
            self._worker.draw(
                [plain(row) for row in rows], modality,
                {each: str(place) for each, place in fresh.items()},
            )  # fmt: skip
            for each, place in fresh.items():
                place.replace(self.place(key, each))
        except Damaged as error:
            replaced(self._failure(key), json.dumps({"what": error.what, "hint": error.hint}).encode())
            raise
        finally:
            for place in fresh.values():
                place.unlink(missing_ok=True)
        content = self.place(key, kind).read_bytes()
        if kind == "sprite":
            self._forget_oldest_sprites()
        return content

    def _failure(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.failed.json"
