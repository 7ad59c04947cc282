"""What programs in Python do with a lake database: psycopg 3, SQLAlchemy 2 and pandas 3, unmodified.

Environment: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE and PGSSLROOTCERT, as libpq reads them.
Prints a JSON line for each thing it tried: {"of": name, "is": ...}.
"""

import asyncio
import io
import json
import threading
import time
from datetime import date, datetime, timezone
from decimal import Decimal
from uuid import UUID

import pandas
import psycopg
import sqlalchemy
from psycopg import sql as compose
from psycopg.rows import dict_row
from sqlalchemy import MetaData, Table, create_engine, func, inspect, select, text

ENDLESS = "SELECT sum(hash(a.i, b.i) % 7) FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(i)"
MOST = UUID("00000000-0000-4000-8000-0000000000a1")
TYPED = (
    "SELECT new_name, new_whole, new_big, new_exact, new_price, new_float, new_flag, new_moment, new_day, new_key"
    " FROM new_crate WHERE new_crateid = %s"
)


def plain(value):
    """A value as JSON says it: what JSON has no word for, by its type and text."""
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return f"datetime {value.astimezone(timezone.utc).isoformat() if value.tzinfo else value.isoformat()}"
    return f"{type(value).__name__} {value}"


def say(of, work):
    try:
        result = plain(work())
    except psycopg.Error as refused:
        result = {"state": refused.sqlstate, "position": refused.diag.statement_position}
    except sqlalchemy.exc.DBAPIError as refused:
        result = {"state": refused.orig.sqlstate}
    print(json.dumps({"of": of, "is": result}), flush=True)


def psycopg_3():
    say("wrong password", lambda: psycopg.connect(password="wrong"))
    connection = psycopg.connect(autocommit=True)
    say("encrypted", lambda: connection.pgconn.ssl_in_use)

    def typed(binary):
        with connection.cursor(binary=binary, row_factory=dict_row) as cursor:
            return cursor.execute(TYPED, [MOST]).fetchone()

    say("typed as text", lambda: typed(False))
    say("typed in binary", lambda: typed(True))

    parameters = {
        "new_crateid": MOST,
        "new_whole": 2_147_483_647,
        "new_big": 9_223_372_036_854_775_807,
        "new_exact": Decimal("100000000000.0123456789"),
        "new_price": Decimal("922337203685477.5807"),
        "new_float": 0.1,
        "new_moment": datetime(2024, 2, 29, 23, 59, 58, tzinfo=timezone.utc),
        "new_day": date(2024, 2, 29),
        "new_wall": datetime(2024, 2, 29, 12, 34, 56),
        "new_flag": True,
        "new_tags": "1;2",
    }

    def counts(form):
        found = {}
        for name, value in parameters.items():
            query = compose.SQL("SELECT count(*) FROM new_crate WHERE {} = {}").format(
                compose.Identifier(name), compose.SQL(f"%{form}")
            )
            found[name] = connection.execute(query, [value]).fetchone()[0]
        return found

    say("parameters as they come", lambda: counts("s"))
    say("parameters as text", lambda: counts("t"))
    say("parameters in binary", lambda: counts("b"))

    def prepared():
        # From the sixth time on it is a statement of the server.
        return [connection.execute("SELECT %s::int4 + 1", [n]).fetchone()[0] for n in range(8)]

    say("prepared", prepared)

    def server_side():
        own = psycopg.connect()
        with own.cursor(name="in pieces") as cursor:
            cursor.itersize = 5
            ids = [row[0] for row in cursor.execute("SELECT accountid FROM account")]
        with own.cursor(name="scrolled", scrollable=False) as cursor:
            cursor.execute("SELECT i FROM generate_series(1, 100) t(i)")
            pieces = [len(cursor.fetchmany(40)), len(cursor.fetchmany(40)), len(cursor.fetchall())]
        own.rollback()
        own.close()
        return [len(ids), len(set(ids)), pieces]

    say("server-side cursors", server_side)

    def copied(options):
        out = io.BytesIO()
        with connection.cursor() as cursor, cursor.copy(f"COPY (SELECT 7::int4 AS a, 'x,y' AS b) TO STDOUT {options}") as copy:
            for chunk in copy:
                out.write(chunk)
        return out.getvalue().hex() if "binary" in options else out.getvalue().decode()

    say("copy text", lambda: copied(""))
    say("copy csv", lambda: copied("WITH (FORMAT csv, HEADER)"))
    say("copy binary", lambda: copied("WITH (FORMAT binary)"))

    def copied_rows():
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT new_crateid, new_whole FROM new_crate ORDER BY 1) TO STDOUT (FORMAT binary)") as copy:
            copy.set_types(["uuid", "int4"])
            return list(copy.rows())

    say("copy rows", copied_rows)

    def pipelined():
        with connection.pipeline():
            cursors = [connection.execute("SELECT %s::int4", [n]) for n in range(5)]
        return [cursor.fetchone()[0] for cursor in cursors]

    say("pipeline", pipelined)
    say("error", lambda: connection.execute("SELECT nam FROM account"))
    say("write", lambda: connection.execute("INSERT INTO account (name) VALUES ('x')"))

    def cancelled():
        timer = threading.Timer(0.5, lambda: [(connection.cancel_safe(), time.sleep(0.2)) for _ in range(3)])
        timer.start()
        try:
            return connection.execute(ENDLESS).fetchone()
        finally:
            timer.join()

    say("cancel", cancelled)
    try:
        connection.execute("SELECT 1")
    except psycopg.errors.QueryCanceled:
        pass  # A cancel that came late.
    say("goes on", lambda: connection.execute("SELECT 42").fetchone()[0])
    say("array", lambda: connection.execute("SELECT ARRAY['a,b', NULL], %s::int4[]", [[1, 2]]).fetchone())
    say("any", lambda: connection.execute("SELECT count(*) FROM new_crate WHERE new_whole = ANY(%s)", [[2_147_483_647, 1]]).fetchone()[0])

    async def in_asyncio():
        async with await psycopg.AsyncConnection.connect() as own:
            cursor = await own.execute("SELECT count(*) FROM contact")
            return (await cursor.fetchone())[0]

    say("asyncio", lambda: asyncio.run(in_asyncio()))
    connection.close()


def sqlalchemy_2():
    engine = create_engine("postgresql+psycopg://")
    inspector = inspect(engine)
    say("default schema", lambda: inspector.default_schema_name)
    say("schemas", lambda: inspector.get_schema_names())
    say("tables", lambda: sorted(inspector.get_table_names()))
    say("views", lambda: sorted(inspector.get_view_names()))
    say("system views", lambda: sorted(inspector.get_view_names(schema="lakelink")))
    say("columns", lambda: {each["name"]: [str(each["type"]), each["nullable"]] for each in inspector.get_columns("new_crate")})
    say("key", lambda: inspector.get_pk_constraint("account")["constrained_columns"])
    say("foreign keys", lambda: inspector.get_foreign_keys("account"))
    say("indexes", lambda: [each["column_names"] for each in inspector.get_indexes("account")])
    say("unique", lambda: len(inspector.get_unique_constraints("account")))
    say("checks", lambda: inspector.get_check_constraints("account"))
    say("comment", lambda: inspector.get_table_comment("account")["text"])
    say("has table", lambda: [inspector.has_table("account"), inspector.has_table("acount")])
    say("multi", lambda: len(inspector.get_multi_columns(schema="dbo")) > 5)

    def reflected():
        metadata = MetaData()
        account = Table("account", metadata, autoload_with=engine)
        contact = Table("contact", metadata, autoload_with=engine)
        query = (
            select(account.c.name, func.count(contact.c.contactid).label("contacts"))
            .join(contact, contact.c.parentcustomerid == account.c.accountid, isouter=True)
            .where(account.c.createdon > datetime(2000, 1, 1, tzinfo=timezone.utc), account.c.name.is_not(None))
            .group_by(account.c.accountid, account.c.name)
            .order_by(account.c.name)
            .limit(3)
        )
        with engine.connect() as connection:
            return len(connection.execute(query).all())

    say("reflected query", reflected)

    def streamed():
        with engine.connect() as connection:
            rows = connection.execution_options(stream_results=True, max_row_buffer=5).execute(text("SELECT accountid FROM account"))
            return len({row[0] for row in rows})

    say("streamed", streamed)

    def refused():
        with engine.connect() as connection:
            connection.execute(text("SELECT nope FROM account"))

    say("refused", refused)

    def isolated():
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            return [connection.get_isolation_level(), connection.scalar(text("SELECT 1"))]

    say("isolation", isolated)
    return engine


def pandas_3(engine):
    def frame(query, **options):
        with engine.connect() as connection:
            return pandas.read_sql(text(query), connection, **options)

    query = "SELECT new_whole, new_big, new_float, new_flag, new_moment, new_exact, new_name FROM new_crate WHERE new_whole IS NOT NULL ORDER BY 1"
    say("frame", lambda: {name: str(kind) for name, kind in frame(query).dtypes.items()})
    say("frame values", lambda: [str(each) for each in frame(query).iloc[1].tolist()[:5]])
    say("frame dtypes", lambda: {name: str(kind) for name, kind in frame(query, dtype={"new_whole": "int32", "new_exact": "float64"}).dtypes.items()})
    say("chunks", lambda: [len(each) for each in frame("SELECT i FROM generate_series(1, 25) t(i)", chunksize=10)])

    def table():
        with engine.connect() as connection:
            read = pandas.read_sql_table("account", connection, columns=["accountid", "name", "createdon"])
            return [len(read), sorted(read.columns)]

    say("table", table)

    def parameters():
        with engine.connect() as connection:
            query = text("SELECT count(*) AS n FROM new_crate WHERE new_moment >= :since")
            read = pandas.read_sql(query, connection, params={"since": datetime(2024, 1, 1, tzinfo=timezone.utc)})
            return int(read["n"][0])

    say("parameters", parameters)


if __name__ == "__main__":
    psycopg_3()
    pandas_3(sqlalchemy_2())
