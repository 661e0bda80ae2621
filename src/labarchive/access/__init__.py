"""Who may do what: the table of roles and visibilities, and decisions on it. Knows no request and no database."""

from labarchive.access.table import ROLES, SCOPES, VERBS, VISIBILITIES, Standing, verb_of

__all__ = ["ROLES", "SCOPES", "VERBS", "VISIBILITIES", "Standing", "verb_of"]
