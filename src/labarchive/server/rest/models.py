"""The shapes of answers and bodies, for the OpenAPI document and for those who generate types from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from labarchive.records import RunSummary

Role = Literal["owner", "member", "collaborator", "reader"]
Visibility = Literal["public", "protected", "private"]


class Problem(BaseModel):
    """RFC 9457: what went wrong, where, and what next."""

    type: str
    title: str
    status: int
    detail: str
    hint: str


class Work(BaseModel):
    """An index run under way, and how far it is."""

    run: int = Field(description="0 for one that is just begun.")
    project: str
    kind: Literal["index", "quick", "headers"]
    done: int = Field(description="Files looked at; of a headers run, headers read.")
    found: int = Field(description="Files there are, or at least so many while it still walks.")
    walked: bool = Field(description="No more will be found.")
    files_per_second: float | None
    seconds_left: int | None = Field(description="An estimate; null where nobody knows.")


class Hello(BaseModel):
    """Who speaks, and who is spoken to."""

    version: str
    schema_version: int
    who: str
    admin: bool
    door: str
    projects: int
    seq: int = Field(description="The journal's last number: the cursor of /api/changes.")
    work: list[Work] = Field(description="Index runs under way.")
    measured: int = Field(description="Grows when something was measured of scans.")
    ends: str | None = Field(
        description="When your server will be ended (UTC), after a project was closed to you."
    )


class Project(BaseModel):
    """A study, as the caller stands to it."""

    project: str
    project_id: str
    role: str
    visibility: Visibility
    deidentified: bool
    verbs: list[str]
    n_subjects: int
    n_sessions: int
    n_scans: int
    bytes: int
    generation: int
    seq: int


class ProjectWhole(Project):
    """A study with its counts."""

    kinds: dict[str, int]
    quality: dict[str, int]
    n_conflicts: int


class Projects(BaseModel):
    items: list[Project]


class Page(BaseModel):
    """Some rows of a list; ``next`` is the cursor of those behind them."""

    items: list[dict[str, Any]]
    next: str | None
    total: int | None = Field(description="How many fit; on the first page only.")


class Tree(BaseModel):
    """One row a session, as columns."""

    columns: dict[str, list[Any]]
    total: int


class Rows(BaseModel):
    """Rows of a view."""

    items: list[dict[str, Any]]


class Value(BaseModel):
    value: str
    count: int


class Facet(BaseModel):
    name: str
    values: list[Value]


class Choice(BaseModel):
    """One answer of an item, and the key that chooses it."""

    code: str
    label: str
    key: str | None


class FormItem(BaseModel):
    """One question. ``required`` and ``show`` are trees over the other items' answers."""

    name: str
    label: str
    type: Literal["choice", "several", "text", "number", "date", "yes"]
    choices: list[Choice]
    missing: list[str]
    required: list[Any]
    show: list[Any]
    range: tuple[float, float] | None
    unit: str
    help: str
    longest: int


class FormScore(BaseModel):
    """A number made of the answers; ``value`` is a tree over the items."""

    name: str
    value: list[Any]
    range: tuple[float, float] | None


class FormName(BaseModel):
    """A form, and of what it is filled in."""

    name: str
    version: int
    title: str
    level: Literal["subject", "session", "scan", "lesion"]


class Forms(BaseModel):
    items: list[FormName]


class Form(BaseModel):
    """A form as it is filled in now."""

    name: str
    version: int
    title: str
    level: Literal["subject", "session", "scan", "lesion"]
    missing: dict[str, str] = Field(description="Codes of what is missing, and what they mean.")
    items: list[FormItem]
    scores: list[FormScore]
    text: str = Field(description="The TOML file.")


class Check(BaseModel):
    """Scans to be measured before others."""

    model_config = ConfigDict(extra="forbid")
    scans: list[Annotated[str, Field(max_length=40)]] = Field(max_length=20_000)
    again: bool = False


class Checking(BaseModel):
    """How many scans wait to be measured."""

    waiting: int


class Measure(BaseModel):
    """One number of a scan, beside those of the others of its kind and scanner."""

    metric: str
    value: float
    unit: str
    middle: float = Field(description="The median of those scans.")
    z: float | None = Field(description="By how many robust deviations it departs.")
    n: int = Field(description="How many scans those are.")
    better: str = Field(description="Which way quality lies: low, high, or nothing where neither is.")
    tool: str
    departs: bool = Field(description="Worse than the others by 3.5 deviations or more.")


class Measures(BaseModel):
    items: list[Measure]


class MeasuredKind(BaseModel):
    """A measure of a kind of scans."""

    kind: str
    metric: str
    tool: str
    unit: str
    n: int = Field(description="Scans of which it was measured.")
    outliers: int


class MeasuredKinds(BaseModel):
    items: list[MeasuredKind]


class Course(BaseModel):
    """One measure of many scans, one entry a scan in every column."""

    columns: dict[str, list[Any]]
    total: int


class Outlier(BaseModel):
    """A measure in which a scan departs from the others of its kind and scanner."""

    project: str
    scan_id: str
    scan: str
    kind: str
    scanner: str
    metric: str
    value: float
    unit: str
    middle: float = Field(description="The median of those scans.")
    z: float = Field(description="By how many robust deviations.")
    n: int = Field(description="How many scans those are.")
    tool: str


class Outliers(BaseModel):
    items: list[Outlier]


class Entry(BaseModel):
    """A form that somebody filled in, as it was said."""

    seq: int
    who: str
    at: str
    version: int
    lesion: str | None
    answers: Any
    missing: Any
    scores: Any
    reason: str | None
    undone: bool
    stands: bool = Field(description="It is what this person says now.")


class EntryDraft(BaseModel):
    """Answers and codes that are not said yet."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[str, str | float | bool | list[str] | None] = Field(default_factory=dict, max_length=1000)
    missing: dict[str, Annotated[str, Field(max_length=40)]] = Field(default_factory=dict, max_length=1000)
    lesion: str = Field("", max_length=100)


class Filled(BaseModel):
    """What was said of a thing with a form, and what one began to say."""

    entries: list[Entry]
    draft: dict[str, Any]


class PlannedVisit(BaseModel):
    """A visit that every subject should have; days after day 0."""

    visit: str
    title: str
    place: int
    day: int
    low: int
    high: int


class Protocol(BaseModel):
    """What a study plans."""

    text: str = Field(description="The protocol.toml as it was given; empty where there is none.")
    anchor: str
    who: str
    at: str | None
    visits: list[PlannedVisit]


class ProtocolDraft(BaseModel):
    text: str


class Limit(BaseModel):
    """One setting that the protocol limits, and what the scans have."""

    kind: str
    parameter: str
    planned: str
    scans: int
    others: int = Field(description="Scans that are not as planned.")
    value: str | None = Field(description="What most of these have instead.")
    values: int = Field(description="How many different ones.")
    since: str | None = Field(description="Day of the first scan of the newest run of them.")
    scanners: list[str]
    verdict: str = Field(description="`warn` or `exclude`, where there are such scans.")


class Compliance(BaseModel):
    items: list[Limit]


class Estimate(BaseModel):
    """A coefficient with its 95 % interval; null where it cannot be reckoned."""

    value: float | None
    low: float | None
    high: float | None


class RaterPair(BaseModel):
    """Two raters over the scans that both have rated."""

    one: str
    other: str
    n: int
    percent: Estimate
    kappa: Estimate
    weighted: Estimate
    ac2: Estimate
    fail: Estimate
    counts: list[list[int]] = Field(description="usable, questionable, unusable; the first rater's down.")


class Rater(BaseModel):
    """One rater: ratings as they stand now."""

    who: str
    n: int
    usable: int
    questionable: int
    unusable: int
    unsure: int
    seconds: float | None
    drift: str
    since: str


class Opinion(BaseModel):
    """What somebody says of a scan in dispute."""

    quality: str
    reason: str | None
    confidence: str | None
    note: str | None


class Dispute(BaseModel):
    """A scan of which two raters say differently."""

    scan_id: str
    subject: str
    session: str
    name: str
    said: list[Opinion]
    mine: bool = Field(description="One of these is yours.")
    quality: str
    settled: bool


class Agreement(BaseModel):
    pairs: list[RaterPair]
    raters: list[Rater]
    disputes: list[Dispute]


class Claim(BaseModel):
    """Scans to keep for oneself."""

    model_config = ConfigDict(extra="forbid")
    scans: list[Annotated[str, Field(max_length=40)]] = Field(max_length=100)
    release: bool = False


class Claimed(BaseModel):
    """Whose they are, and until when (UTC)."""

    yours: dict[str, str]
    held: dict[str, str]
    rated: dict[str, int] = Field(description="By how many others, of those that were asked for.")


class Draft(BaseModel):
    """Answers that are not said yet."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[str, str | float | bool | list[str] | None] = Field(max_length=100)


class Wrong(BaseModel):
    """A term of a search that is none: where it stands and what would be right."""

    start: int
    end: int
    text: str
    detail: str
    hint: str


class Queue(BaseModel):
    """What waits to be judged, one entry a scan in every column."""

    columns: dict[str, list[Any]]
    total: int
    held: dict[str, str] = Field(description="What others are judging now, and until when (UTC).")
    drafts: dict[str, dict[str, Any]] = Field(description="What you began to say, by scan.")
    wrong: list[Wrong] = Field(description="Terms of the search that are none; the others hold.")


class Lightbox(BaseModel):
    """Scans beside each other, one entry a scan in every column."""

    columns: dict[str, list[Any]]
    total: int
    may_rate: bool
    wrong: list[Wrong] = Field(description="Terms of the search that are none; the others hold.")


class Facets(BaseModel):
    """How many scans each value would leave."""

    facets: list[Facet]
    total: int
    n_sessions: int
    wrong: list[Wrong]


class Suggestion(BaseModel):
    text: str
    count: int | None
    what: Literal["word", "value"]


class Suggestions(BaseModel):
    """What can stand from ``start`` to ``end`` of the search."""

    start: int
    end: int
    items: list[Suggestion]


class Code(BaseModel):
    """The Python for it, and what must have run before."""

    code: str
    opening: str
    needs: list[str] = Field(description="Names to import from labarchive.")


class Saying(BaseModel):
    """What a person says of a thing, by its stable id."""

    model_config = ConfigDict(extra="forbid")

    verb: str
    about: str
    payload: dict[str, Any] = {}


class Sayings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sayings: list[Saying] = Field(min_length=1, max_length=10_000)


class Receipt(BaseModel):
    """The journal numbers under which it is durable."""

    first: int
    last: int


class GrantReceipt(Receipt):
    restart: bool = Field(description="The person's server opens the raw folders once it was started again.")
    note: str = Field(description="What could not be done about the raw folders; empty when all was.")


class RevokeReceipt(Receipt):
    ends: str | None = Field(
        description="When the person's server is ended (UTC); null where none holds the folder."
    )
    closed: bool = Field(description="The raw folder was tried as that person, and is closed.")
    note: str = Field(description="What could not be done about the raw folders; empty when all was.")


Seq = Annotated[int, Field(ge=1, le=2**62)]


class Undo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seq: Seq | Annotated[list[Seq], Field(min_length=1, max_length=10_000)]


class Event(BaseModel):
    """One saying, as history and changes tell it."""

    seq: int
    at: datetime
    who: str
    door: str
    project: str
    verb: str
    about: str
    payload: dict[str, Any] | None
    undone: bool = False


class Events(BaseModel):
    items: list[Event]


class Changes(BaseModel):
    """What was said and indexed since; ask again with ``next``."""

    events: list[Event]
    next: int


class Member(BaseModel):
    user: str
    role: Role


class Members(BaseModel):
    items: list[Member]


class Granted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role


class Seen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    visibility: Visibility


class Deidentified(BaseModel):
    model_config = ConfigDict(extra="forbid")

    deidentified: bool


class Saved(BaseModel):
    name: str
    q: str
    who: str


class SavedList(BaseModel):
    items: list[Saved]


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid")

    q: str = Field(max_length=2000)


class Noted(BaseModel):
    """One look (``verb`` is read, ``about`` what was looked at) or one saying."""

    at: datetime
    who: str
    door: str
    where: str = Field(description="The address it came from.")
    project: str
    verb: str
    about: str
    subjects: list[str] = Field(description="Whose data was looked at; empty for the whole project's.")
    n: int
    seq: int | None = Field(description="The journal's number of a saying.")
    payload: dict[str, Any] | None


class Audit(BaseModel):
    """Newest first; ask on with ``next`` as ``before``."""

    items: list[Noted]
    next: str | None


class Index(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quick: bool = Field(False, description="Look only into folders that changed.")
    roots: list[Annotated[str, Field(max_length=4096)]] = Field(
        [], max_length=1000, description="Some of the project's own folders; all where none is named."
    )


class Indexing(BaseModel):
    """An index run that was begun."""

    project: str
    roots: int
    quick: bool
    key: str = Field(description="What tells this run from others: the Idempotency-Key, where one was sent.")


@dataclass(frozen=True)
class IndexedFiles(RunSummary):
    """What an index run did."""

    seconds: float
    startup_seconds: float
    complete: bool
    quick: bool


class Kept(BaseModel):
    """What kept a run from its end, and what next."""

    error: str
    detail: str
    hint: str


class IndexState(BaseModel):
    """The run that is under way, and how the last one that was begun over REST ended."""

    project: str
    work: Work | None
    key: str = Field(description="Of the last one; empty where none was begun since the service was started.")
    summary: IndexedFiles | None
    problem: Kept | None
