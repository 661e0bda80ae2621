"""The service's TCP socket."""

import socket

import pytest

from labarchive.errors import Busy
from labarchive.server.doors import Address
from labarchive.server.serving import bind_tcp


def test_an_answer_s_body_does_not_wait_for_its_head_to_be_acknowledged() -> None:
    """The 40 ms of a delayed acknowledgement, for each answer: twenty times what the answer takes."""
    with (
        bind_tcp(Address("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_somebody_has_is_said() -> None:
    with bind_tcp(Address("127.0.0.1", 0)) as one, pytest.raises(Busy, match="cannot be had"):
        bind_tcp(Address("127.0.0.1", one.getsockname()[1]))
