"""Roles from the command line: on the archive's own machine, and in a hub's server as its person."""

import json
import os
import subprocess
import sys

from tests.rest.conftest import PROJECT, Service


def as_person(service: Service, person: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """In a server that the hub started for somebody."""
    own = {"LABARCHIVE_SERVICE_URL": f"{service.url}/", "JUPYTERHUB_API_TOKEN": f"token-{person}"}
    return subprocess.run(
        [sys.executable, "-m", "labarchive", *words], env={**os.environ, **own}, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_a_role_is_given_told_and_taken_where_the_archive_lives(service: Service) -> None:
    said = service.run("grant", PROJECT, "zoe", "collaborator").stdout
    assert said.startswith("zoe is collaborator of tau-pet, from the next request on")
    members = json.loads(service.run("members", PROJECT, "--json").stdout)["items"]
    assert {"user": "zoe", "role": "collaborator"} in members
    assert "collaborator" in service.run("members", PROJECT).stdout
    said = service.run("revoke", PROJECT, "zoe").stdout
    assert said.startswith("zoe has no role in tau-pet from the next request on")
    members = json.loads(service.run("members", PROJECT, "--json").stdout)["items"]
    assert "zoe" not in [each["user"] for each in members]


def test_an_owner_gives_roles_from_her_own_server_and_a_member_cannot(service: Service) -> None:
    assert as_person(service, "olga", "grant", PROJECT, "zoe", "member").returncode == 0
    refused = as_person(service, "mia", "revoke", PROJECT, "zoe")
    assert refused.returncode == 4
    assert len(refused.stderr.strip().splitlines()) == 1
    assert as_person(service, "olga", "revoke", PROJECT, "zoe", "--now").returncode == 0
    again = as_person(service, "olga", "revoke", PROJECT, "zoe")
    assert again.returncode == 3
    assert "zoe has no role" in again.stderr


def test_the_last_owner_stays_one_and_a_role_that_is_none_is_told(service: Service) -> None:
    refused = as_person(service, "olga", "revoke", PROJECT, "olga")
    assert refused.returncode == 4
    assert "nobody would own the project" in refused.stderr
    assert as_person(service, "olga", "grant", PROJECT, "zoe", "king").returncode == 2
    assert as_person(service, "sam", "members", PROJECT).returncode == 3
