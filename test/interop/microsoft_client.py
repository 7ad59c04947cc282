"""Uses PowerPlatform-Dataverse-Client as its users do; prints what it saw as one JSON object."""

import json
import sys

from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient

url, tenant, client_id, secret = sys.argv[1:]
credential = ClientSecretCredential(tenant, client_id, secret)
seen = {}

with DataverseClient(url, credential) as client:
    records = client.records
    one = records.create("account", {"name": "Interop 0", "numberofemployees": 0})
    seen["created"] = records.retrieve("account", one, select=["name", "numberofemployees"]).data
    records.update("account", one, {"name": "Interop changed"})
    seen["changed"] = records.retrieve("account", one, select=["name"]).data["name"]
    many = records.create("account", [{"name": f"Interop {n}", "numberofemployees": n} for n in range(1, 8)])
    seen["many"] = len(many)
    pages = records.list_pages(
        "account",
        select=["name"],
        filter="startswith(name,'Interop') and numberofemployees ge 1",
        orderby=["name desc"],
        page_size=3,
    )
    seen["pages"] = [[row["name"] for row in page] for page in pages]

    batch = client.batch.new()
    with batch.changeset() as changes:
        changes.records.create("account", {"name": "Interop batch"})
        changes.records.update("account", one, {"name": "Interop batched"})
    batch.records.retrieve("account", one, select=["name"])
    result = batch.execute()
    seen["batch"] = [item.status_code for item in result.responses]
    seen["batched"] = records.retrieve("account", one, select=["name"]).data["name"]

    failing = client.batch.new()
    with failing.changeset() as changes:
        changes.records.update("account", one, {"name": "never"})
        changes.records.update("account", "00000000-0000-4000-8000-0000000000ff", {"nosuchcolumn": 1})
    seen["failing"] = any(not item.is_success for item in failing.execute().responses)
    seen["kept"] = records.retrieve("account", one, select=["name"]).data["name"]

    seen["set"] = client.tables.get("account").entity_set_name
    seen["tables"] = len(client.tables.list())
    for row in records.list("account", select=["name"], filter="startswith(name,'Interop')"):
        records.delete("account", row["accountid"])
    seen["left"] = len(list(records.list("account", select=["name"], filter="startswith(name,'Interop')")))

print(json.dumps(seen))
