"""The example archive that pages and notebooks run on."""

from tests.docs.example import indexed as indexed
from tests.docs.example import page as page
