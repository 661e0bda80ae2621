"""A kernel as a process: says something, prints what was acknowledged, and reads; over and over."""

import sys

import labarchive
from labarchive.records import Saying


def main(home: str, name: str, rounds: int) -> None:
    archive = labarchive.open(home)
    tables = archive.tables
    scans = [row[0] for row in tables.sql("select scan_id from scan order by 1").fetchall()]
    for n in range(rounds):
        word = f"{name}-{n}"
        tables.say([Saying("tag", "tau", scans[n % len(scans)], {"tag": word})])
        print(word, flush=True)
        seen = tables.sql("select count(*) from tag where tag = ?", [word]).fetchall()
        files = tables.sql("select count(*) from file").fetchall()
        if seen != [(1,)] or files != [(6,)]:
            sys.exit(f"{word}: {seen} {files}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
