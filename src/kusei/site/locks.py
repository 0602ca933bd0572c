"""Which statements of a migration would stop the ward: locks held while a table is read through, written anew or indexed. Pure.

What a migration makes itself is free. For the rest there is always a way that holds its lock for a moment only; each fault names it.
"""

import re
from collections.abc import Iterable, Iterator

NAME = r'(?:"?public"?\.)?"?(\w+)"?'
CREATED = re.compile(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?{NAME}", re.I)
ALTERED = re.compile(rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{NAME}", re.I)
INDEXED = re.compile(rf"(?:CREATE (?:UNIQUE )?INDEX(?! CONCURRENTLY)).*? ON (?:ONLY )?{NAME}", re.I | re.S)
WRITTEN = re.compile(
    rf"(?<!BEFORE )(?<!AFTER )(?<!OR )(?:UPDATE|DELETE FROM) (?:ONLY )?{NAME}(?!.*\bWHERE\b)", re.I | re.S
)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
BODY = re.compile(r"\$(\w*)\$.*?\$\1\$", re.S)

ALTERATIONS = (
    (
        r"ADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL\b",
        "a new column that must be filled fails on existing rows: give a constant default, or fill it first",
    ),
    (
        r"ADD COLUMN .*\bDEFAULT\b[^,]*\b(?!now\b)\w+\(",
        "a computed default writes the table anew: add the column empty, fill it in batches",
    ),
    (
        r"ADD COLUMN .*\b(?:UNIQUE|PRIMARY KEY)\b",
        "an index is built under the lock: add the column, then the index CONCURRENTLY, then the constraint USING INDEX",
    ),
    (
        r"ADD COLUMN .*\bGENERATED ALWAYS AS\b.*\bSTORED\b",
        "a stored column writes the table anew: fill an ordinary one in batches",
    ),
    (
        r"ALTER COLUMN \S+ (?:SET DATA )?TYPE",
        "a change of type may write the table anew: add a column, fill it in batches, change over",
    ),
    (
        r"ALTER COLUMN \S+ SET NOT NULL",
        "every row is read under the lock: ADD CONSTRAINT … NOT NULL … NOT VALID, then VALIDATE CONSTRAINT",
    ),
    (
        r"ADD CONSTRAINT (?!.*\bNOT VALID\b)(?!.*\bUSING INDEX\b).*\b(?:CHECK|FOREIGN KEY|NOT NULL)\b",
        "every row is read under the lock: add it NOT VALID, then VALIDATE CONSTRAINT",
    ),
    (
        r"ADD CONSTRAINT (?!.*\bUSING INDEX\b).*\b(?:UNIQUE|PRIMARY KEY|EXCLUDE)\b",
        "an index is built under the lock: build it CONCURRENTLY, then add the constraint USING INDEX",
    ),
    (r"SET (?:TABLESPACE|LOGGED|UNLOGGED)|CLUSTER ON", "the table is written anew"),
)
ANYWHERE = (
    (r"\b(?:VACUUM FULL|CLUSTER|REINDEX(?!.*CONCURRENTLY)|LOCK TABLE)\b", "nobody can use the table meanwhile"),
    (r"\bDROP INDEX(?! CONCURRENTLY)", "drop it CONCURRENTLY"),
    (r"\bREFRESH MATERIALIZED VIEW(?! CONCURRENTLY)", "refresh it CONCURRENTLY"),
)


def faults(statements: Iterable[str], *, atomic: bool) -> Iterator[str]:
    """A sentence for each statement of one migration that would stop the ward. atomic: whether the migration is one transaction."""
    made: set[str] = set()
    for raw in statements:
        statement = " ".join(BODY.sub("''", COMMENT.sub("", raw)).split())
        made |= {name.lower() for name in CREATED.findall(statement)}
        for why in _faults(statement, made, atomic):
            yield f"{statement[:160]}: {why}"


def _faults(statement: str, made: set[str], atomic: bool) -> Iterator[str]:
    altered = ALTERED.search(statement)
    if altered and altered[1].lower() not in made:
        rest = statement[altered.end() :]
        yield from (why for pattern, why in ALTERATIONS if re.search(pattern, rest, re.I))
        if atomic and re.search(r"\bVALIDATE CONSTRAINT\b", rest, re.I):
            yield "validated in the transaction that holds the lock: the migration must be atomic = False"
    indexed = INDEXED.search(statement)
    if indexed and indexed[1].lower() not in made:
        yield "writers wait while the index is built: create it CONCURRENTLY (AddIndexConcurrently)"
    written = WRITTEN.search(statement)
    if written and written[1].lower() not in made:
        yield "every row is written in one transaction: do it in batches"
    yield from (why for pattern, why in ANYWHERE if re.search(pattern, statement, re.I))
