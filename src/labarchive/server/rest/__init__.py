"""The archive over HTTP: the nouns and verbs of DESIGN.md as REST, with an OpenAPI document."""

from labarchive.server.rest.app import make_rest, service_for

__all__ = ["make_rest", "service_for"]
