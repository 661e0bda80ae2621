"""After a revocation: a minute's warning, the end of that person's server, and the folder tried. Root and hub are stand-ins."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from labarchive.errors import Unreachable
from labarchive.server import raw_folders
from labarchive.server.raw_folders import RawFolders


@dataclass
class Lab:
    """Who is in the group, and whose server runs."""

    place: Path
    api: str = ""
    members: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    away: bool = False
    made: list[RawFolders] = field(default_factory=list)
    proved: list[tuple[str, str, bool]] = field(default_factory=list)

    def folders(self) -> RawFolders:
        def proved(project: str, user: str, closed: bool) -> None:
            self.proved.append((project, user, closed))

        socket = str(self.place / "root.sock")
        self.made.append(RawFolders(socket, self.api, "token", self.place / "leaving.json", proved).start())
        return self.made[-1]

    def root(self, asked: dict[str, str]) -> dict[str, object]:
        user = asked["user"]
        if asked["verb"] in ("admit", "expel"):
            (self.members.add if asked["verb"] == "admit" else self.members.discard)(user)
        if asked["verb"] == "closed":
            return {"closed": user not in self.members | self.running, "holding": int(user in self.running)}
        return {"member": user in self.members, "holding": int(user in self.running)}


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setattr(raw_folders, "WARNING", 0.5)
    lab = Lab(tmp_path)

    class Hub(BaseHTTPRequestHandler):
        def do_DELETE(self) -> None:
            if not lab.away:
                lab.running.discard(self.path.split("/")[2])
            self.send_response(503 if lab.away else 204)
            self.end_headers()

        def do_GET(self) -> None:
            said = json.dumps(
                {"servers": {"": {}} if self.path.split("/")[2] in lab.running else {}}
            ).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    hub = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    lab.api = f"http://127.0.0.1:{hub.server_port}"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "root.sock"))
    listening.listen()

    def root() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line:
                asked = json.loads(line.makefile("rb").readline())
                line.sendall(json.dumps(lab.root(asked)).encode() + b"\n")

    for work in (hub.serve_forever, root):
        threading.Thread(target=work, daemon=True).start()
    yield lab
    for folders in lab.made:
        folders.stop()
    hub.shutdown()
    hub.server_close()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def until(what: object) -> None:
    end = time.monotonic() + 10
    while not what() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.02)
    assert what()  # type: ignore[operator]


def test_who_has_no_server_is_out_at_once(lab: Lab) -> None:
    folders = lab.folders()
    assert folders.open_to("tau", "otto") is False
    _, closed = folders.close_to("tau", "otto", now=False)
    assert closed
    assert lab.proved == [("tau", "otto", True)]
    assert folders.leaves("otto") == 0


def test_a_server_ends_after_the_warning_and_the_folder_is_tried(lab: Lab) -> None:
    folders = lab.folders()
    lab.running.add("otto")
    assert folders.open_to("tau", "otto") is True
    ends, closed = folders.close_to("tau", "otto", now=False)
    assert not closed
    assert folders.leaves("otto") == ends > time.time()
    assert lab.running == {"otto"}
    until(lambda: lab.proved == [("tau", "otto", True)])
    assert not lab.running
    until(lambda: folders.leaves("otto") == 0)


def test_now_is_now(lab: Lab) -> None:
    lab.running.add("otto")
    assert lab.folders().close_to("tau", "otto", now=True)[1]
    assert not lab.running


def test_who_is_let_in_again_keeps_the_server(lab: Lab) -> None:
    folders = lab.folders()
    lab.running.add("otto")
    folders.close_to("tau", "otto", now=False)
    folders.open_to("tau", "otto")
    time.sleep(1.2)
    assert lab.running == {"otto"}
    assert folders.leaves("otto") == 0


def test_a_service_that_was_started_again_ends_what_it_had_announced(lab: Lab) -> None:
    lab.running.add("otto")
    lab.away = True  # the first one never gets there
    lab.folders().close_to("tau", "otto", now=False)
    assert list(json.loads((lab.place / "leaving.json").read_text())) == ["otto"]
    lab.made[0].stop()
    lab.away = False
    lab.folders()
    until(lambda: ("tau", "otto", True) in lab.proved)


def test_without_root_it_says_so(lab: Lab, tmp_path: Path) -> None:
    folders = RawFolders(str(tmp_path / "nobody"), lab.api, "", tmp_path / "x.json", lambda *_: None)
    with pytest.raises(Unreachable, match="groups of raw folders"):
        folders.open_to("tau", "otto")
