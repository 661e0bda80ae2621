"""The document and the service agree: schemathesis asks everything it can think of, with and without rights."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rest.conftest import Service

EXAMPLES = os.environ.get("LABARCHIVE_SCHEMA_EXAMPLES", "4")
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.parametrize("person", ["olga", "carl", ""])
def test_every_answer_is_one_that_the_document_names(service: Service, person: str, tmp_path: Path) -> None:
    token = ["-H", f"Authorization: Bearer token-{person}"] if person else []
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run",
        f"{service.url}/openapi.json", "--url", service.url, "--exclude-path", "/api/changes", "--max-examples", EXAMPLES,
        "--seed", "1", "--phases", "examples,coverage,fuzzing", *token,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout.partition("FAILURES")[2][:4000] or done.stdout[-4000:]
