"""Holds the documents of the daemon against those of files: see end-to-end.

usage: documents.py BESIDE.ndjson ORIGINAL.ndjson WINDOWS.json

BESIDE: "analyze" on what was written down beside the daemon, so packets and times are the same. Every
window must be there with the same id and the same content, but for what the daemon adds (the
interface, and what the ingest pipeline sets) and the windows that were still open or in their grace of
two seconds at the end of the file: it ends, the wire does not.
ORIGINAL: "analyze" on the capture that was replayed at recorded speed. Times are others, so ids and
where windows begin are; packets and bytes of its listener are the same, and so is the last verdict.
"""

import json
import sys
from collections import Counter
from datetime import datetime, timedelta

GRACE = timedelta(seconds=2)


def time(text):
    return datetime.fromisoformat(text[:19] + "+00:00")


def flat(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}" if path else key)
    else:
        yield path, json.dumps(value, sort_keys=True)


def content(document):
    return {k: v for k, v in flat(document) if not k.startswith(("observer.ingress", "event.ingested"))}


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def windows(documents):
    return [d for d in documents if d["event"]["dataset"] == "earshot.window"]


def listener(documents, client):
    mine = sorted((d for d in documents if d["client"]["ip"] == client), key=lambda d: d["event"]["start"])
    total = Counter()
    for document in mine:
        for name in ("packets", "bytes"):
            total[name] += document["spotify"]["window"].get(name, 0)
    answers = [d["spotify"]["quality"]["label"] for d in mine if d["spotify"]["quality"]["label"] != "unknown"]
    return dict(total), answers[-1] if answers else "unknown"


def main():
    written = read(sys.argv[1])
    beside = {d["event"]["id"]: d for d in windows(written)}
    over = max(d["event"]["end"] for d in written if d["event"]["dataset"] == "earshot.stream")
    original = windows(read(sys.argv[2]))
    with open(sys.argv[3], encoding="utf-8") as answer:
        hits = json.load(answer)["hits"]["hits"]
    indexed = {hit["_id"]: hit["_source"] for hit in hits}
    wrong = []
    if any(hit["_id"] != hit["_source"]["event"]["id"] for hit in hits):
        wrong.append("an _id is not its event.id")
    held = [i for i, d in beside.items() if time(d["event"]["end"]) + GRACE <= time(over)]
    differing = Counter()
    for number in held:
        if number not in indexed:
            wrong.append(f"{number} of {beside[number]['client']['ip']} {beside[number]['event']['start']} is missing")
            continue
        a, b = content(beside[number]), content(indexed[number])
        for name in a.keys() | b.keys():
            if a.get(name) != b.get(name):
                differing[name] += 1
                if differing[name] == 1:
                    where = f"{beside[number]['client']['ip']} {beside[number]['event']['start']}"
                    wrong.append(f"{where} {name}: {a.get(name)} in the file, {b.get(name)} indexed")
    client = original[0]["client"]["ip"]
    until = min(d["event"]["start"] for d in beside.values())
    begin = max(d["event"]["end"] for d in beside.values() if d["client"]["ip"] == client)
    live = [d for d in indexed.values() if until <= d["event"]["start"] < begin]
    if listener(live, client) != listener(original, client):
        wrong.append(f"{client}: {listener(live, client)} live, {listener(original, client)} in the original")
    labels = Counter(beside[i]["spotify"]["quality"]["label"] for i in held)
    streams = {beside[i]["spotify"]["stream"]["id"] for i in held}
    print(f"{len(held)} windows of {len(streams)} streams have the same ids and content: {dict(labels)}")
    print(f"{client} at recorded speed: {listener(live, client)}, as in the original")
    for line in wrong[:20]:
        print(line)
    if not held:
        wrong.append("no window")
    sys.exit(1 if wrong else 0)


main()
