"""What a program with PostgreSQL's ODBC driver does with a lake database, as Excel and Power BI do.

Arguments: the driver (a name that odbcinst knows, or its file). Environment: HOST, PORT, DATABASE, PASSWORD, and
PGSSLROOTCERT, which the driver's libpq reads. Prints a JSON line for each thing it tried: {"of": name, "is": ...}.
"""

import json
import os
import sys
import threading
import uuid
from datetime import date, datetime, timezone
from decimal import Decimal

import pyodbc

ENDLESS = "SELECT sum(hash(a.i, b.i) % 7) FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(i)"
# Without a pool a connection is closed when it says so.
pyodbc.pooling = False


def address(**changes):
    parts = {
        "DRIVER": f"{{{sys.argv[1]}}}",
        "SERVER": os.environ["HOST"],
        "PORT": os.environ["PORT"],
        "DATABASE": os.environ["DATABASE"],
        "UID": "ana",
        "PWD": "{" + os.environ["PASSWORD"] + "}",
        "SSLmode": "verify-full",
        **changes,
    }
    return ";".join(f"{name}={value}" for name, value in parts.items())


def plain(value):
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (list, tuple, pyodbc.Row)):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return f"datetime {value.isoformat()}"
    return f"{type(value).__name__} {value}"


def say(of, work):
    try:
        result = plain(work())
    except pyodbc.Error as refused:
        result = [refused.args[0], refused.args[1]]
        result = None if result is None else {"state": result[0], "says": result[1]}
    print(json.dumps({"of": of, "is": result}), flush=True)


def main():
    say("wrong password", lambda: pyodbc.connect(address(PWD="wrong")))
    connection = pyodbc.connect(address(), autocommit=True)
    cursor = connection.cursor()
    say("product", lambda: connection.getinfo(pyodbc.SQL_DBMS_NAME) + " " + connection.getinfo(pyodbc.SQL_DBMS_VER)[:5])
    say("database", lambda: connection.getinfo(pyodbc.SQL_DATABASE_NAME))
    say("tables", lambda: sorted(each.table_name for each in cursor.tables(schema="dbo", tableType="TABLE")))
    say("views", lambda: sorted(f"{each.table_schem}.{each.table_name}" for each in cursor.tables(tableType="VIEW")))
    say("all tables", lambda: len(cursor.tables().fetchall()) > 20)
    say("catalogs", lambda: [each.table_cat for each in cursor.tables(catalog="%", schema="", table="")])
    say("schemas", lambda: sorted(each.table_schem for each in cursor.tables(catalog="", schema="%", table="")))
    say("columns", lambda: [[each.column_name, each.type_name, each.column_size, each.decimal_digits, each.is_nullable] for each in cursor.columns(table="new_crate", schema="dbo")])
    say("primary keys", lambda: [each.column_name for each in cursor.primaryKeys(table="account", schema="dbo")])
    say("foreign keys", lambda: cursor.foreignKeys(table="account", schema="dbo").fetchall())
    say("statistics", lambda: len(cursor.statistics(table="account", schema="dbo", unique=True).fetchall()) > 0)
    say("row id", lambda: len(cursor.rowIdColumns(table="account", schema="dbo").fetchall()))
    say("procedures", lambda: len(cursor.procedures().fetchall()) > 0)
    say("types", lambda: len(cursor.getTypeInfo().fetchall()) > 10)

    typed = (
        "SELECT new_name, new_whole, new_big, new_exact, new_price, new_float, new_flag, new_moment, new_day, new_wall, new_key, new_notes"
        " FROM new_crate WHERE new_crateid = ?"
    )
    most = uuid.UUID("00000000-0000-4000-8000-0000000000a1")
    say("typed", lambda: cursor.execute(typed, str(most)).fetchone())
    say("described", lambda: [[each[0], each[1].__name__] for each in cursor.execute(typed, str(most)).description])
    say("nothing", lambda: cursor.execute("SELECT new_name, new_whole, new_moment FROM new_crate WHERE new_crateid = ?", "00000000-0000-4000-8000-0000000000a3").fetchone())
    parameters = {
        "new_crateid": most,
        "new_whole": 2_147_483_647,
        "new_big": 9_223_372_036_854_775_807,
        "new_exact": Decimal("100000000000.0123456789"),
        "new_price": Decimal("922337203685477.5807"),
        "new_float": 0.1,
        "new_flag": True,
        "new_moment": datetime(2024, 2, 29, 23, 59, 58),
        "new_day": date(2024, 2, 29),
        "new_wall": datetime(2024, 2, 29, 12, 34, 56),
        "new_tags": "1;2",
        "new_name": "it's \"quoted\", a \\ backslash,\ttab,\nline and 易碎 😀",
    }
    for name, value in parameters.items():
        say(f"where {name}", lambda name=name, value=value: cursor.execute(f"SELECT count(*) FROM new_crate WHERE {name} = ?", value).fetchone()[0])
    say("where null", lambda: cursor.execute("SELECT count(*) FROM new_crate WHERE new_day = ? OR ? IS NULL", None, "x").fetchone()[0])
    say("rows", lambda: len(cursor.execute("SELECT accountid FROM account").fetchall()))
    say("in pieces", lambda: [len(cursor.execute("SELECT i FROM generate_series(1, 1000) t(i)").fetchmany(400)), len(cursor.fetchmany(400)), len(cursor.fetchall())])

    def declared():
        # The driver then reads through a cursor of the server's.
        with pyodbc.connect(address(UseDeclareFetch=1, Fetch=5), autocommit=True) as own:
            return len({row[0] for row in own.cursor().execute("SELECT accountid FROM account")})

    say("declare and fetch", declared)

    def parsed():
        # Statements prepared by the server; without it the driver puts values into the text.
        with pyodbc.connect(address(UseServerSidePrepare=0), autocommit=True) as own:
            return own.cursor().execute("SELECT count(*) FROM new_crate WHERE new_whole = ?", 2_147_483_647).fetchone()[0]

    say("values in the text", parsed)
    say("syntax error", lambda: cursor.execute("SELECT nam FROM account"))
    say("write", lambda: cursor.execute("DELETE FROM account"))
    say("goes on", lambda: cursor.execute("SELECT 42").fetchone()[0])

    def cancelled():
        own = connection.cursor()
        timer = threading.Timer(0.5, own.cancel)
        timer.start()
        try:
            return own.execute(ENDLESS).fetchone()
        finally:
            timer.join()

    say("cancel", cancelled)

    def transaction():
        with pyodbc.connect(address(), autocommit=False) as own:
            count = own.cursor().execute("SELECT 1").fetchone()[0]
            own.rollback()
            return count

    say("transaction", transaction)
    connection.close()


if __name__ == "__main__":
    main()
