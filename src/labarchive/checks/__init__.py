"""Judge images by numbers: scans are measured in processes of their own, and told which of them depart from the others."""

from labarchive.checks.keeping import Kept
from labarchive.checks.measuring import Measurer, Scan, content_of, hands, measured_scans, rows

__all__ = ["Kept", "Measurer", "Scan", "content_of", "hands", "measured_scans", "rows"]
