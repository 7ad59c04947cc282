"""Reads a lake by its model.json alone, with Python's standard library, as a reader of Azure Synapse Link would.

Prints JSON: per table its rows, `texts` (a digest of every field as it stands) and `values` (a digest of the values,
without the Sink columns, as they would be read from the environment). Both are independent of the order of rows.
"""

import csv
import datetime
import decimal
import hashlib
import json
import sys
import urllib.parse
import urllib.request

SINK_COLUMNS = {"SinkCreatedOn", "SinkModifiedOn"}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def open_partition(location):
    parts = urllib.parse.urlparse(location)
    if parts.scheme != "file":
        raise ValueError(f"not a file: {location}")
    path = urllib.request.url2pathname(parts.path)
    return open(path, encoding="utf-8", errors="strict", newline="")


def rows_of(entity):
    """Rows as wide as the attributes: fields that were added after a row was written are empty."""
    width = len(entity["attributes"])
    for partition in entity["partitions"]:
        with open_partition(partition["location"]) as file:
            for row in csv.reader(file, delimiter=",", quotechar='"', doublequote=True, strict=True):
                if len(row) > width:
                    raise ValueError(f"{entity['name']}: {len(row)} fields, {width} attributes")
                yield row + [""] * (width - len(row))


def value(data_type, text):
    """The value as a text that is equal for equal values. Null and the empty text are one: CSV readers cannot tell."""
    if text == "" or data_type == "string":
        return text
    if data_type == "guid":
        return text.lower()
    if data_type == "int64":
        return str(int(text))
    if data_type == "boolean":
        return {"True": "true", "False": "false"}[text]
    if data_type == "decimal":
        with decimal.localcontext(decimal.Context(prec=800)):
            plain = format(decimal.Decimal(text).normalize(), "f")
        return "0" if plain == "-0" else plain
    if data_type in ("dateTime", "dateTimeOffset"):
        return str(microseconds(text))
    raise ValueError(f"unknown type {data_type}")


def microseconds(text):
    moment, _, zone = text.partition("+")
    if not zone and moment.endswith("Z"):
        moment = moment[:-1]
    whole, _, fraction = moment.partition(".")
    since = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc) - EPOCH
    return since // datetime.timedelta(microseconds=1) + int(fraction[:6].ljust(6, "0") or "0")


def digest_of_row(fields):
    digest = hashlib.sha256()
    for field in fields:
        data = field.encode("utf-8")
        digest.update(f"{len(data)}:".encode("ascii"))
        digest.update(data)
    return digest.hexdigest()


def digest_of_rows(digests):
    return hashlib.sha256("\n".join(sorted(digests)).encode("ascii")).hexdigest()


def read_table(entity):
    attributes = entity["attributes"]
    kept = [at for at, attribute in enumerate(attributes) if attribute["name"] not in SINK_COLUMNS]
    texts, values = [], []
    for row in rows_of(entity):
        texts.append(digest_of_row(row))
        values.append(digest_of_row([value(attributes[at]["dataType"], row[at]) for at in kept]))
    return {"rows": len(texts), "texts": digest_of_rows(texts), "values": digest_of_rows(values)}


def main(model_path):
    csv.field_size_limit(2**31 - 1)
    with open(model_path, encoding="utf-8") as file:
        model = json.load(file)
    json.dump({entity["name"]: read_table(entity) for entity in model["entities"]}, sys.stdout, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
