"""Who may do what in a project: members, grant, revoke. Asked of the service, as everybody else asks it."""

import argparse
import http.client
import json
import os
from typing import Any
from urllib.parse import quote, urlsplit

from labarchive.cli.opening import home_of, opened
from labarchive.cli.render import as_json, say, table
from labarchive.cli.verbs import Verb, json_word
from labarchive.records import ROLES
from labarchive.settings import service_url
from labarchive.wire.calls import Line
from labarchive.wire.place import socket_of
from labarchive.wire.service import problem

PATIENCE = 60.0


def _asked(args: argparse.Namespace, verb: str, *place: str, body: Any = None, query: str = "") -> Any:
    """The service's answer; raises what it says."""
    path = "/".join(("projects", *(quote(each, safe="") for each in place))) + query
    line, prefix, headers = _door(args)
    try:
        content = None if body is None else json.dumps(body)
        line.request(verb, f"{prefix}/{path}", content, {**headers, "Content-Type": "application/json"})
        answer = line.getresponse()
        said = answer.read()
    finally:
        line.close()
    if answer.status >= 300:
        raise problem(answer.status, said)
    return json.loads(said)


def _door(args: argparse.Namespace) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
    """The hub's service as the person whose server this is; else the archive of ``--home``, as its own user."""
    if args.home is None and service_url():
        where = urlsplit(service_url())
        lines = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        line = lines[where.scheme](where.netloc, timeout=PATIENCE)
        token = os.environ.get("JUPYTERHUB_API_TOKEN", "")
        return line, f"{where.path.rstrip('/')}/api", {"Authorization": f"Bearer {token}"}
    place = home_of(args)
    opened(args).tables.owner.hello()  # it is started when it sleeps
    return Line(lambda: socket_of(place)), "/api", {}


def _project_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project")


def _members_words(parser: argparse.ArgumentParser) -> None:
    _project_word(parser)
    json_word(parser)


def _members(args: argparse.Namespace) -> int:
    answer = _asked(args, "GET", args.project, "members")
    if args.json:
        say(as_json(answer))
    elif answer["items"]:
        table(("user", "role"), [[each["user"], each["role"]] for each in answer["items"]])
    else:
        say(f"nobody has a role in {args.project}; next: labarchive grant {args.project} USER owner")
    return 0


def _grant_words(parser: argparse.ArgumentParser) -> None:
    _project_word(parser)
    parser.add_argument("user", help="their name at the hub")
    parser.add_argument("role", choices=ROLES)
    json_word(parser)


def _grant(args: argparse.Namespace) -> int:
    answer = _asked(args, "PUT", args.project, "members", args.user, body={"role": args.role})
    if args.json:
        say(as_json(answer))
        return 0
    say(f"{args.user} is {args.role} of {args.project}, from the next request on")
    if answer["restart"]:
        say("their own server opens the raw folders once it was started again; Lab offers it to them")
    if answer["note"]:
        say(answer["note"])
    return 0


def _revoke_words(parser: argparse.ArgumentParser) -> None:
    _project_word(parser)
    parser.add_argument("user", help="their name at the hub")
    parser.add_argument(
        "--now", action="store_true", help="end their server at once, without a minute's warning"
    )
    json_word(parser)


def _revoke(args: argparse.Namespace) -> int:
    query = "?now=true" if args.now else ""
    answer = _asked(args, "DELETE", args.project, "members", args.user, query=query)
    if args.json:
        say(as_json(answer))
        return 0
    say(f"{args.user} has no role in {args.project} from the next request on")
    if answer["ends"]:
        say(f"their server, which holds the raw folder open, is ended at {answer['ends']}")
    elif answer["closed"]:
        say("the raw folder was tried as that person, and is closed")
    if answer["note"]:
        say(answer["note"])
    return 0


VERBS = (
    Verb("members", _members_words, _members, example="members tau-pet"),
    Verb("grant", _grant_words, _grant, example="grant tau-pet anna member"),
    Verb("revoke", _revoke_words, _revoke, example="revoke tau-pet anna"),
)
