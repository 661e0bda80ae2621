"""Say: forms that a lab writes as TOML files, their rules, and what is wrong with an answer; knows no catalogue and no door."""

from labarchive.forms.answers import Problem, problems
from labarchive.forms.entry import entered
from labarchive.forms.form import Form, Item
from labarchive.forms.library import Library
from labarchive.forms.rating import judged

__all__ = ["Form", "Item", "Library", "Problem", "entered", "judged", "problems"]
