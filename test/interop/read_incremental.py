"""Reads a lake of incremental folders with Python's standard library, as independent readers of Azure Synapse Link do.

    python3 read_incremental.py <lake folder>

Replays all finished folders in their order and prints JSON lines: one {"table", "id", "row"} for each row that is there
afterwards, then one {"rule", "where", "what"} for each rule that the lake breaks. Ends with 0 either way; a caller looks
for rules. What is read here, and what is taken for granted, follows four public readers:

- Estuary's connector: folders strictly below the one named in changelog.info; files hold rows or deletes; rows of a file
  widen and never narrow; versions of an id never fall down a file; deletes of a folder count after its rows.
- Arcane's stream: changelog.info holds the bare name; deletes carry a first date and nothing of the row.
- the arasdk notebook: names of folders by one pattern, quotes escaped by quotes, model.json empty until final.
- FastTrack's SQL: dots in names become colons and the name a time; every folder's model.json lists every table;
  partitions [] means nothing here; option sets lie in the last folder.
"""

import csv
import datetime
import json
import os
import re
import sys

FOLDER = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}\.\d{2}\.\d{2}Z$")
SINK_DATE = re.compile(r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2} (AM|PM)$")
CREATED_ON = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}\+00:00$")
FIRST_DATE = re.compile(r"^0001-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}(\+00:00)?$")
OTHER_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?Z$")
GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
HEAD = ["Id", "SinkCreatedOn", "SinkModifiedOn"]
OF_A_DELETE = {"Id", "SinkCreatedOn", "SinkModifiedOn", "versionnumber", "createdon", "IsDelete"}


class Lake:
    def __init__(self, root):
        self.root = root
        self.broken = []
        self.current = {}

    def breaks(self, rule, where, what):
        self.broken.append({"rule": rule, "where": where, "what": what})

    def text(self, *parts):
        """The text of a file, None where there is none. Nothing is trimmed."""
        try:
            with open(os.path.join(self.root, *parts), encoding="utf-8", newline="") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, *parts):
        try:
            return sorted(os.listdir(os.path.join(self.root, *parts)))
        except (FileNotFoundError, NotADirectoryError):
            return []


def finished_folders(lake):
    current = lake.text("Changelog", "changelog.info")
    if current is None or not FOLDER.match(current) or current.endswith("\n"):
        lake.breaks("changelog", "Changelog/changelog.info", "not the bare name of a folder")
        current = (current or "").strip()
    folders = []
    for name in lake.names():
        if not re.match(r"^\d{4}-\d{2}-\d{2}T", name):
            continue
        if is_folder_name(name):
            folders.append(name)
        else:
            lake.breaks("folder-name", name, "cannot be read as a time")
    if any(name > current for name in folders):
        lake.breaks("folder-order", max(folders), "is later than the folder in progress")
    if lake.text(current, "model.json"):
        lake.breaks("in-progress", current, "has its model.json before it is finished")
    return [name for name in folders if name < current]


def is_folder_name(name):
    if not FOLDER.match(name):
        return False
    try:
        datetime.datetime.strptime(name.replace(".", ":"), "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return False
    return True


def read_model(lake, *parts):
    """The entities of a manifest by name; None where it is absent, empty or cut off."""
    where = "/".join(parts)
    text = lake.text(*parts)
    if not text:
        lake.breaks("finished-model", where, "absent or empty")
        return None
    try:
        # FastTrack takes the prefix away before it parses.
        model = json.loads(text.replace("cdm:", ""))
        entities = {entity["name"]: entity for entity in model["entities"]}
        for entity in entities.values():
            check_entity(lake, where, entity)
        return entities
    except (ValueError, KeyError, TypeError) as failure:
        lake.breaks("finished-model", where, f"cannot be read: {type(failure).__name__}")
        return None


def check_entity(lake, where, entity):
    columns = [attribute["name"] for attribute in entity["attributes"]]
    if columns[:3] != HEAD:
        lake.breaks("head-columns", f"{where} {entity['name']}", "does not begin with Id and the Sink dates")
    if "IsDelete" not in columns:
        lake.breaks("is-delete-column", f"{where} {entity['name']}", "has no column IsDelete")
    for attribute in entity["attributes"]:
        if attribute["dataType"] == "decimal" and "traits" in attribute:
            names = [argument["name"] for argument in attribute["traits"][0]["arguments"]]
            if names[:2] != ["precision", "scale"]:
                lake.breaks("decimal-traits", f"{where} {attribute['name']}", "precision and scale are not in this order")


def read_folder(lake, folder, listed):
    entities = read_model(lake, folder, "model.json")
    if entities is None:
        return
    for name in sorted(listed - set(entities)):
        lake.breaks("all-tables", folder, f"does not list {name}")
    found = 0
    for name in lake.names(folder):
        files = [file for file in lake.names(folder, name) if file.endswith(".csv")]
        if name == "OptionsetMetadata" or not files:
            continue
        if name not in entities:
            lake.breaks("unnamed-file", f"{folder}/{name}", "has files and is not in model.json")
            continue
        found += read_table(lake, folder, entities[name], files)
    for name, entity in entities.items():
        for partition in entity["partitions"]:
            file = partition["location"].rsplit("/", 1)[-1]
            if not partition["location"].endswith(f"/{folder}/{name}/{file}") or file not in lake.names(folder, name):
                lake.breaks("named-file", f"{folder}/{name}", f"partition {partition['name']} has no file")
    if found == 0:
        lake.breaks("empty-folder", folder, "brings nothing")
    check_option_sets(lake, folder)


def check_option_sets(lake, folder):
    wanted = {"OptionsetMetadata": 6, "GlobalOptionsetMetadata": 7, "StateMetadata": 5, "StatusMetadata": 6, "TargetMetadata": 4}
    for name, width in wanted.items():
        path = os.path.join(lake.root, folder, "OptionsetMetadata", f"{name}.csv")
        if not os.path.exists(path):
            lake.breaks("option-sets", f"{folder}/OptionsetMetadata/{name}.csv", "missing")
            continue
        if any(len(row) not in (width, width + (name == "GlobalOptionsetMetadata")) for row in rows_of(path)):
            lake.breaks("option-sets", f"{folder}/OptionsetMetadata/{name}.csv", f"a row is not of {width} fields")


def rows_of(path):
    with open(path, encoding="utf-8", errors="strict", newline="") as file:
        yield from csv.reader(file, delimiter=",", quotechar='"', doublequote=True, strict=True)


def read_table(lake, folder, entity, files):
    """Takes the rows of a table's files in a folder into the current state; its deletes come after its rows."""
    name = entity["name"]
    listed = {partition["location"].rsplit("/", 1)[-1] for partition in entity["partitions"]}
    upserts, deletes, home = [], [], {}
    for file in files:
        where = f"{folder}/{name}/{file}"
        if file not in listed:
            lake.breaks("unnamed-file", where, "is not in model.json")
            continue
        try:
            for row in read_file(lake, where, entity["attributes"]):
                if home.setdefault(row["Id"], file) != file:
                    lake.breaks("one-file-per-id", where, f"{row['Id']} is also in {home[row['Id']]}")
                (deletes if row["IsDelete"] else upserts).append(row)
        except (csv.Error, UnicodeDecodeError) as failure:
            lake.breaks("csv", where, type(failure).__name__)
    state = lake.current.setdefault(name, {})
    for row in upserts + deletes:
        before = state.get(row["Id"])
        if before is None or version_of(row) >= version_of(before):
            state[row["Id"]] = row
    return len(upserts) + len(deletes)


def version_of(row):
    return int(row.get("versionnumber") or 0)


def read_file(lake, where, attributes):
    names = [attribute["name"] for attribute in attributes]
    least = names.index("IsDelete") + 1 if "IsDelete" in names else len(HEAD)
    width, versions, kinds, sink = 0, {}, set(), None
    for at, fields in enumerate(rows_of(os.path.join(lake.root, *where.split("/"))), start=1):
        here = f"{where} row {at}"
        if not least <= len(fields) <= len(names):
            lake.breaks("width", here, f"{len(fields)} fields for {least} to {len(names)} columns")
        if len(fields) < width:
            lake.breaks("narrower", here, f"{len(fields)} fields after {width}")
        width = len(fields)
        row = dict(zip(names, fields + [""] * (len(names) - len(fields))))
        row["Id"] = row["Id"].lower()
        row["IsDelete"] = delete_word(lake, here, row.get("IsDelete", ""))
        kinds.add(row["IsDelete"])
        check_cells(lake, here, attributes, row)
        modified = sink_time(row["SinkModifiedOn"])
        if sink is not None and modified is not None and modified < sink:
            lake.breaks("sink-order", here, "SinkModifiedOn falls")
        sink = modified or sink
        if version_of(row) < versions.get(row["Id"], 0):
            lake.breaks("version-order", here, "the version of an id falls")
        versions[row["Id"]] = version_of(row)
        yield row
    if len(kinds) > 1:
        lake.breaks("one-kind", where, "rows and deletes in one file")


def delete_word(lake, here, text):
    if text not in ("", "True"):
        lake.breaks("is-delete", here, "neither empty nor True")
    return text.lower() == "true"


def sink_time(text):
    try:
        return datetime.datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p") if SINK_DATE.match(text) else None
    except ValueError:
        return None


def check_cells(lake, here, attributes, row):
    for attribute in attributes:
        name, text = attribute["name"], row[attribute["name"]]
        if name == "IsDelete":
            continue
        if name in HEAD and text == "":
            lake.breaks("key", here, f"{name} is null")
        elif text != "" and row["IsDelete"] and name not in OF_A_DELETE:
            lake.breaks("delete-row", here, f"a delete fills {name}")
        elif text != "" and not cell_is_right(name, attribute["dataType"], text, row["IsDelete"]):
            lake.breaks("cell", here, f"{name} is no {attribute['dataType']}")


def cell_is_right(name, data_type, text, is_delete):
    if name in HEAD[1:]:
        return sink_time(text) is not None
    if name == "createdon":
        return bool((FIRST_DATE if is_delete else CREATED_ON).match(text))
    if data_type == "guid":
        return bool(GUID.match(text))
    if data_type == "int64":
        return bool(re.match(r"^-?\d+$", text)) and -(2**63) <= int(text) < 2**63
    if data_type in ("decimal", "double"):
        return bool(re.match(r"^-?\d+(\.\d+)?$", text))
    if data_type == "boolean":
        return text.lower() in ("true", "false")
    if data_type in ("dateTime", "dateTimeOffset"):
        return bool(OTHER_DATE.match(text) or CREATED_ON.match(text))
    return True


def main(root):
    csv.field_size_limit(2**31 - 1)
    lake = Lake(root)
    # The root's model.json lists all tables of the lake; a folder must list those that a folder before it did.
    tables = read_model(lake, "model.json") or {}
    seen = set()
    for folder in finished_folders(lake):
        read_folder(lake, folder, seen & set(tables))
        text = lake.text(folder, "model.json")
        try:
            seen |= {entity["name"] for entity in json.loads(text or "{}").get("entities", [])}
        except ValueError:
            pass
    out = sys.stdout
    for table in sorted(lake.current):
        for row_id, row in sorted(lake.current[table].items()):
            if not row["IsDelete"]:
                out.write(json.dumps({"table": table, "id": row_id, "row": row}) + "\n")
    for broken in lake.broken:
        out.write(json.dumps(broken) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
