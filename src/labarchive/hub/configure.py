"""What lab.toml means to JupyterHub: who signs in, whose server runs as whom, and who may reach the service."""

import os
import secrets
import sys
from pathlib import Path
from typing import Any

from labarchive.errors import BadInput
from labarchive.hub.lab import Lab

SERVICE = "archive"
REACH = f"access:services!service={SERVICE}"
"""The scope that opens the service's door; what one may do behind it is said in the journal."""
ASSISTANTS = "assistants"
WITH_ITS_PARENT = ("setpriv", "--pdeathsig", "TERM")
"""Starts what ends when the hub does, even when the hub was killed: the next one starts another."""


def configure(c: Any, lab: Lab) -> None:
    """Fill JupyterHub's configuration object. Raises BadInput for what this machine cannot do."""
    state = Path(lab.hub.state)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    _door(c, lab, state)
    _who(c, lab)
    _servers(c, lab)
    _service(c, lab, state)


def _door(c: Any, lab: Lab, state: Path) -> None:
    port = lab.hub.port
    c.JupyterHub.bind_url = lab.hub.address
    if lab.hub.subdomains:
        c.JupyterHub.subdomain_host = lab.url
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port + 1}"
    c.JupyterHub.proxy_class = "labarchive"
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port + 2}"
    c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
    if (
        os.environ.get("LABARCHIVE_PROXY") == "apart"
    ):  # a unit of its own, which knows us by CONFIGPROXY_AUTH_TOKEN
        c.ConfigurableHTTPProxy.should_start = False
        c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
    # A restart of the hub ends nobody's server: the proxy and the servers go on, and the new hub finds them.
    c.JupyterHub.cleanup_servers = os.environ.get("LABARCHIVE_HUB_CLEANUP") == "1"
    c.JupyterHub.tornado_settings = {
        "headers": {
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            # A colleague's page on this host that opens a page of the hub has no hold of that window.
            "Cross-Origin-Opener-Policy": "noopener-allow-popups",
        }
    }


def _who(c: Any, lab: Lab) -> None:
    """Local accounts; LDAP and OAuth are configured beside this file, as their pages say."""
    match lab.hub.authenticator:
        case "pam":
            c.JupyterHub.authenticator_class = "pam"
            c.PAMAuthenticator.open_sessions = False
        case "dummy":
            raise BadInput("[hub] authenticator is dummy", hint="it lets everybody in: pam, ldap or oauth")
        case other:
            c.JupyterHub.authenticator_class = {"ldap": "ldapauthenticator.LDAPAuthenticator"}.get(
                other, "generic-oauth"
            )
    if lab.people.users:
        c.Authenticator.allowed_users = set(lab.people.users)
    else:
        c.Authenticator.allow_all = True
    # No administrator of the hub: nobody opens another's server. Owners of all projects are the service's affair.
    c.Authenticator.admin_users = set()
    c.JupyterHub.load_groups = {ASSISTANTS: {"users": list(lab.people.assistants)}}


def _servers(c: Any, lab: Lab) -> None:
    """Each person's server runs as that person; an assistant's is Voila."""
    programs = Path(sys.executable).parent
    c.JupyterHub.spawner_class = "localprocess" if os.geteuid() == 0 else "simple"
    c.Spawner.cmd = [sys.executable, "-m", "labarchive.hub.single"]
    c.Spawner.notebook_dir = "~"
    c.Spawner.default_url = "/lab"
    c.Spawner.poll_interval = 5  # seconds until a server that died is known to be gone
    # Who comes to a server that is not there (culled, killed, a bookmark) has it started, and lands where they wanted.
    c.JupyterHub.implicit_spawn_seconds = 0.5
    c.Spawner.environment = {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "LABARCHIVE_SERVICE_URL": lab.service_url,
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
    }
    c.Spawner.mem_limit = lab.people.memory or None
    c.Spawner.cpu_limit = lab.people.cpus or None
    # What a server's own token, which its kernels have too, may do: reach the service, end itself, and nothing more.
    c.Spawner.server_token_scopes = [
        "users:activity!user",
        "access:servers!server",
        "delete:servers!server",
        REACH,
    ]
    c.Spawner.pre_spawn_hook = before_spawn


def before_spawn(spawner: Any) -> None:
    """An assistant's server is Voila over the dashboards: no terminal, no cell to run, the same Unix identity."""
    if ASSISTANTS not in {group.name for group in spawner.user.groups}:
        return
    from labarchive.hub.voila import command, dashboard

    spawner.cmd = command()
    spawner.args = []
    spawner.default_url = f"/voila/render/{dashboard()}"


def _service(c: Any, lab: Lab, state: Path) -> None:
    """The service is no child of the hub: its own unit, its own token, which both read."""
    token = service_token(state)
    c.JupyterHub.services = [
        {
            "name": SERVICE, "url": f"http://127.0.0.1:{lab.archive.port}", "api_token": token,
            "oauth_client_id": f"service-{SERVICE}", "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [REACH],
        },
        {
            "name": "idle-culler",
            "command": [
                *WITH_ITS_PARENT, sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={lab.people.idle}",
            ],
        },
    ]  # fmt: skip
    c.JupyterHub.load_roles = [
        {"name": "user", "scopes": ["self", REACH]},
        {
            # the last two end the server of somebody to whom a project was closed
            "name": "service-archive", "services": [SERVICE],
            "scopes": ["read:users:name", "read:users:groups", "read:servers", "delete:servers"],
        },
        {
            "name": "idle-culler", "services": ["idle-culler"],
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        },
    ]  # fmt: skip


def service_token(state: Path) -> str:
    """The token by which hub and service know each other, made once; readable by nobody else."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = state / "service.token"
    try:
        return place.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        token = secrets.token_hex(32)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
        return token


def service_environment(lab: Lab, token: str) -> dict[str, str]:
    """What the service is told about its hub, in JupyterHub's own words."""
    return {
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{lab.hub.port + 1}/hub/api",
        "JUPYTERHUB_API_TOKEN": token,
        "JUPYTERHUB_SERVICE_NAME": SERVICE,
        "JUPYTERHUB_SERVICE_PREFIX": f"/services/{SERVICE}/",
        "JUPYTERHUB_BASE_URL": "/",
        "LABARCHIVE_ADMINISTRATORS": ",".join(lab.hub.administrators),
        "LABARCHIVE_GROUPS": lab.archive.groups,
    }
