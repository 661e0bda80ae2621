"""A person's own server that is Voila: dashboards for who has no notebooks, as their own Unix user.

``python -m labarchive.hub.voila FOLDER [voila's words]``: address, prefix and OAuth client come from JUPYTERHUB_*.
"""

import os
import sys
from typing import Any
from urllib.parse import urlparse

from labarchive.hub.places import shipped

FIRST = "my-projects.ipynb"
ALLOWED = "['@jupyter-widgets/jupyterlab-manager','@voila-dashboards/widgets-manager8','anywidget']"


def dashboard() -> str:
    """The notebook that an assistant's server opens on."""
    return FIRST


def command() -> list[str]:
    """What the spawner starts."""
    return [
        sys.executable, "-m", "labarchive.hub.voila", str(shipped("notebooks/dashboards", FIRST)), "--preheat_kernel=True", "--pool_size=1",
        f"--VoilaConfiguration.extension_allowlist={ALLOWED}", "--MappingKernelManager.cull_idle_timeout=1200",
        "--MappingKernelManager.cull_interval=60", "--Voila.strip_sources=True", "--VoilaConfiguration.template=labarchive",
    ]  # fmt: skip


def main() -> None:
    """Serve until the hub ends it."""
    templates = shipped("hub_config", "voila/templates/labarchive")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        filter(None, (str(templates), os.environ.get("JUPYTER_PATH")))
    )
    from jupyter_server.utils import url_path_join
    from jupyterhub.singleuser.extension import JupyterHubIdentityProvider
    from tornado.web import RedirectHandler
    from voila.app import Voila

    from labarchive.lab import Forward, door
    from labarchive.lab.same_host import keep_apart

    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]

    class HubIdentity(JupyterHubIdentityProvider):  # type: ignore[misc]
        """The hub's OAuth for Voila: a stranger gets the login, who may not come in 403."""

        def __init__(self, **words: Any) -> None:
            for voilas_own in ("token", "login_handler_class"):
                words.pop(voilas_own, None)
            super().__init__(**words)

        def get_handlers(self) -> list[Any]:
            return [
                (url_path_join(prefix, path.lstrip("/")), *rest) for path, *rest in super().get_handlers()
            ]

    class VoilaHub(Voila):  # type: ignore[misc]
        name = "voila"
        identity_provider_class = HubIdentity
        auto_token = True

        def init_handlers(self) -> Any:
            """The hub sends people to the bare prefix; Voila's list of notebooks is no home."""
            home = url_path_join(prefix, os.environ.get("JUPYTERHUB_DEFAULT_URL") or f"voila/render/{FIRST}")
            return [
                (f"{prefix}?", RedirectHandler, {"url": home, "permanent": False}),
                (rf"{prefix}labarchive/(api/.*|openapi\.json)", Forward, {"door": door()}),
                *super().init_handlers(),
            ]

        def listen(self) -> None:
            keep_apart(self.app)
            super().listen()

        def initialize(self, argv: Any = None) -> None:
            here = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
            super().initialize(
                [
                    *(argv if argv is not None else sys.argv[1:]), f"--Voila.ip={here.hostname}",
                    f"--port={here.port}", "--no-browser", f"--base_url={prefix}",
                ]
            )  # fmt: skip

    VoilaHub.launch_instance()


if __name__ == "__main__":
    main()
