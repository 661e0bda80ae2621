"""What an owner does first: opens the tables, and takes in what journal and observations have beyond them."""

from labarchive.catalogue import replay
from labarchive.catalogue.journal import Journal
from labarchive.catalogue.migrate import migrate
from labarchive.catalogue.observations import Observations
from labarchive.catalogue.publish import visible_seq
from labarchive.catalogue.replay import Pending
from labarchive.catalogue.sql import query
from labarchive.catalogue.store import Store
from labarchive.errors import Damaged
from labarchive.settings import SCHEMA_VERSION, Home


def opened_store(home: Home, journal: Journal) -> Store:
    """Raises Damaged when the tables know more than the journal."""
    store = Store(home.catalogue)
    if store.version < SCHEMA_VERSION:
        store.close()
        migrate(home.catalogue, store.version)
        store = Store(home.catalogue)
    with store.reading() as cursor:
        last = query(cursor, "select coalesce(max(seq), 0) from saying_fact")[0][0]
    if last > journal.last_seq:
        store.close()
        raise Damaged(
            f"the catalogue knows {last} entries of the journal, the journal has {journal.last_seq}",
            hint="restore the journal from the backup, or labarchive rebuild to go on with what it has",
        )
    return store


def replay_tail(store: Store, journal: Journal, observations: Observations) -> Pending:
    """Apply what the tables have not seen, in order; gives the parts that no derivation has taken in yet."""
    pending = Pending()
    with store.reading() as cursor:
        taken = set(query(cursor, "select run, part, kind from part"))
        first = visible_seq(cursor)
        beyond = {
            seq for (seq,) in query(cursor, "select seq from saying_fact where seq > $first", first=first)
        }
    for part in observations.parts(skip=taken):
        pending.add(part)
    n = 0
    for event in journal.events(after=first):
        if event.seq not in beyond:
            if event.verb == "redact" and event.payload:
                journal.redact(event.payload["seq"])  # it may have died between saying so and doing so
            with store.writing() as cursor:
                replay.apply(cursor, event, pending)
            n += 1
    if n:
        store.checkpoint()
    return pending
