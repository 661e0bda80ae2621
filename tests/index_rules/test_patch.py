"""An instance's header is its series' header and a merge patch, in Python and in DuckDB."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labarchive.index.headers import apply, difference, dumps, read_header

leaves = (
    st.text(max_size=6)
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
)
tags = st.sampled_from(["00080018", "00100010", "0029100C", "a", "", "vr", "Value"])
members = st.recursive(
    leaves | st.lists(st.none() | leaves, max_size=3),
    lambda deeper: st.dictionaries(tags, deeper, max_size=4) | st.lists(st.none() | deeper, max_size=3),
    max_leaves=12,
)
headers = st.dictionaries(tags, members, max_size=5)


@given(headers, headers)
@settings(max_examples=400, deadline=None)
def test_any_header_is_the_series_header_and_the_patch(
    series: dict[str, Any], instance: dict[str, Any]
) -> None:
    before = dumps(series), dumps(instance)
    assert dumps(apply(series, difference(series, instance))) == before[1]
    assert (dumps(series), dumps(instance)) == before


@given(headers)
def test_equal_headers_have_an_empty_patch(header: dict[str, Any]) -> None:
    assert difference(header, json.loads(dumps(header))) == {}


def merged(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[Any]:
    """What DuckDB makes of series and patch."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE pair (number INT, series JSON, patch JSON)")
        rows = [(n, dumps(s), dumps(difference(s, i))) for n, (s, i) in enumerate(pairs)]
        connection.executemany("INSERT INTO pair VALUES (?, ?, ?)", rows)
        answer = connection.sql("SELECT json_merge_patch(series, patch) FROM pair ORDER BY number").fetchall()
    return [json.loads(text) for (text,) in answer]


numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(-1e300, 1e300)
elements = st.builds(
    lambda vr, values: {"vr": vr, "Value": values} if values else {"vr": vr},
    st.sampled_from(["LO", "DS", "SQ", "PN"]),
    st.lists(
        st.none() | st.text(max_size=8) | numbers | st.dictionaries(tags, st.text(), max_size=2), max_size=3
    ),
)
models = st.dictionaries(tags, elements, max_size=5)


@given(st.lists(st.tuples(models, models), min_size=20, max_size=60))
@settings(max_examples=12, deadline=None)
def test_duckdb_merges_to_the_same_header(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    assert merged(pairs) == [instance for _, instance in pairs]


@pytest.mark.data
def test_duckdb_gives_back_the_headers_of_real_series(dev_data: Path) -> None:
    pairs = []
    for folder in ("dcm_qa_nih/In/20180918GE/mr_0004", "dcm_qa_nih/In/20180918Si/mr_0003", "hostile"):
        names = sorted(path for path in (dev_data / folder).glob("*.dcm"))[:20]
        wanted = [name for name in names if "nest" not in name.name and name.stat().st_size > 3800]
        read = [read_header(str(name)) for name in wanted if not name.name.startswith(("garbled", "len_"))]
        pairs += [(read[0], header) for header in read]
        if folder.startswith("dcm_qa"):
            sizes = [len(dumps(difference(read[0], header))) for header in read[1:]]
            assert max(sizes) < len(dumps(read[0])) / 4
    assert len(pairs) > 30
    assert merged(pairs) == [instance for _, instance in pairs]
