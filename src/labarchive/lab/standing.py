"""Whether this server was started before its person was given a group: then the raw folders stay closed until it is
started again, for a process has the groups that it began with."""

import asyncio
import os
import pwd
from typing import Any
from urllib.parse import quote

import httpx
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

FAREWELL = 0.5
"""Seconds in which the answer is gone before the hub ends this server."""


def is_behind() -> bool:
    """The person has a group that this process has not."""
    me = pwd.getpwuid(os.getuid())
    return not set(os.getgrouplist(me.pw_name, me.pw_gid)) <= {*os.getgroups(), os.getgid()}


class Standing(APIHandler):
    """``{base_url}labarchive/server``: GET tells ``{"restart": true}`` for a server of a hub that is behind; DELETE
    has the hub end it: whoever comes to it then starts it again."""

    auth_resource = "contents"
    _track_activity = False  # a page that only asks this keeps no server from being culled

    def initialize(self, hub: bool) -> None:
        self.hub = hub

    @web.authenticated
    @authorized
    def get(self) -> Any:
        self.set_header("Cache-Control", "no-store")
        return self.finish({"restart": self.hub and is_behind()})

    @web.authenticated
    @authorized
    def delete(self) -> Any:
        if not self.hub:
            raise web.HTTPError(404)
        self.set_status(202)
        asyncio.get_running_loop().call_later(FAREWELL, lambda: asyncio.ensure_future(_ended()))
        return self.finish({"restart": True})


async def _ended() -> None:
    """The hub ends this server, asked with the server's own token, which may end no other."""
    own = os.environ
    name = quote(own["JUPYTERHUB_USER"], safe="")
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        await client.delete(
            f"{own['JUPYTERHUB_API_URL']}/users/{name}/server",
            headers={"Authorization": f"token {own['JUPYTERHUB_API_TOKEN']}"},
        )
