"""Writers that run in a process of their own: `log_writers.py DSN THREADS COMMITS SEED UNIT`."""

from __future__ import annotations

import json
import random
import sys
import threading
import time
import uuid

import psycopg2

SHARED = 40


def write(dsn: str, commits: int, seed: int, unit_id: str) -> None:
    """Commit or roll back changes of shared records, each with its own delay before the end."""
    draw = random.Random(seed)
    link = psycopg2.connect(dsn)
    try:
        for number in range(commits):
            with link.cursor() as cursor:
                # One record after another in one order, so that writers wait and never deadlock.
                for index in sorted(draw.sample(range(SHARED), draw.choice([1, 1, 2, 3]))):
                    change(cursor, draw, f"{seed}-{number}", unit_id, index)
                time.sleep(draw.random() * 0.02)
            if draw.random() < 0.25:
                link.rollback()
            else:
                link.commit()
    finally:
        link.close()


def change(cursor: object, draw: random.Random, stamp: str, unit_id: str, index: int) -> None:
    """Write one version of one shared record: new, changed, un-listed or listed again."""
    identifier = f"35100/W{index:05d}"
    extras = json.dumps({"identifier": identifier, "home_node": "350100", "stamp": stamp})
    state = draw.choices(["active", "draft", "deleted"], [6, 1, 1])[0]
    cursor.execute(
        "INSERT INTO package (id, name, title, type, state, private, owner_org, extras)"
        " VALUES (%s, %s, %s, 'dataset', %s, false, %s, %s) ON CONFLICT (id) DO UPDATE SET"
        " title = EXCLUDED.title, state = EXCLUDED.state, extras = EXCLUDED.extras",
        (
            str(uuid.uuid5(uuid.NAMESPACE_OID, identifier)),
            identifier.replace("/", "-").lower(),
            f"版本 {stamp}",
            state,
            unit_id,
            extras,
        ),
    )


def main() -> None:
    """Run the threads of one process."""
    dsn, threads, commits, seed, unit_id = sys.argv[1:6]
    running = [
        threading.Thread(target=write, args=(dsn, int(commits), int(seed) * 1000 + number, unit_id))
        for number in range(int(threads))
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


if __name__ == "__main__":
    main()
