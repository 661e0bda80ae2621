"""A service with two projects and a person of each role."""

from tests.rest.conftest import OTHER, PROJECT, Service, example, service

__all__ = ["OTHER", "PROJECT", "Service", "example", "service"]
