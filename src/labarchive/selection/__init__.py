"""Selections: lazy, narrowing values over projects, subjects, sessions and scans, and what can be said of them."""
