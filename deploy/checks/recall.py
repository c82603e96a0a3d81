#!/usr/bin/env python3
"""Prints how many of the client hellos that tshark finds Earshot names, and why others are missed.

usage: recall.py FLOWS.ndjson EXPECTED.tsv MISSES.tsv MIN_RECALL

Fails below MIN_RECALL, on a miss that MISSES.tsv does not explain, on an explanation that is not
needed any more, and on a wrong name: another name for a flow whose hello tshark read.
"""

import csv
import ipaddress
import json
import pathlib
import sys


def address(text):
    return str(ipaddress.ip_address(text))


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def main(flows, expected, explained, minimum):
    folder = pathlib.Path(expected).parent.name
    want = {}
    for row in rows(expected):
        key = (row["file"], row["transport"], address(row["client_ip"]), int(row["client_port"]))
        want.setdefault(key, set()).add(row["sni"])
    got = {}
    guessed = 0
    for line in pathlib.Path(flows).read_text(encoding="utf-8").splitlines():
        flow = json.loads(line)
        if not flow.get("server_name"):
            continue
        guessed += flow["evidence"] not in ("sni", "quic_sni", "http_host")
        client = flow["client"]
        key = (
            flow["capture"].removeprefix("./"),
            flow["transport"],
            address(client["ip"]),
            int(client["port"]),
        )
        got.setdefault(key, set()).add(flow["server_name"].lower())
    reasons = {
        (row["file"], row["transport"], address(row["client_ip"]), int(row["client_port"])): row["reason"]
        for row in rows(explained)
        if row["folder"] == folder
    }
    names = sum(map(len, want.values()))
    hits = sum(len(want[key] & got.get(key, set())) for key in want)
    missed = sorted(key for key in want if not want[key] <= got.get(key, set()))
    wrong = sorted(
        (key, name) for key in want for name in got.get(key, set()) - want[key] if got.get(key)
    )
    beyond = sum(len(names_) for key, names_ in got.items() if key not in want)
    recall = hits / max(1, names)
    print(f"  {folder:8} hellos {names:4}  named {hits:4}  recall {recall:.4f}  wrong {len(wrong)}"
          f"  beyond tshark's {beyond} (HTTP hosts, hellos it cannot read; {guessed} guessed)")
    failures = []
    for key in missed:
        print("  missed  ", *key, "-", reasons.get(key, "NOT EXPLAINED"))
        if key not in reasons:
            failures.append(f"no reason for {key}")
    failures += [f"{key} is explained but was found" for key in reasons if key not in missed]
    failures += [f"wrong name {name} for {key}" for key, name in wrong]
    if recall < float(minimum):
        failures.append(f"recall {recall:.4f} is below {minimum}")
    for failure in failures:
        print("  FAILED:", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
