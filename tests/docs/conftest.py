"""The example archive that pages and notebooks run on."""

from collections.abc import Iterator

import pytest

from labarchive.settings import home
from tests.docs.example import Example
from tests.docs.example import indexed as indexed
from tests.docs.example import page as page
from tests.rest.conftest import Service, serving


@pytest.fixture
def at_service(page: Example, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The example behind a service, as a person's server in a hub finds it."""
    with serving(home(page.home)) as service:
        monkeypatch.setenv("LABARCHIVE_SERVICE_URL", f"{service.url}/")
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "token-mia")
        with service.client("ada") as admin:
            admin.put("/projects/tau-pet/members/mia", json={"role": "member"}).raise_for_status()
        yield service
