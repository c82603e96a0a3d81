#!/usr/bin/env python3
"""Checks what `earshot analyze -o json` says of captures.

usage: verdicts.py reasons RESULTS_DIR   every unknown verdict says why; the web player's audio is
                                         seen, and its only excuse is insufficient_evidence
       verdicts.py silent RESULTS STDERR DIR
                                         every capture in DIR has an object in RESULTS or is named
                                         in STDERR as unreadable; none has a verdict or a byte of
                                         audio; the counters obey their laws
"""

import json
import pathlib
import sys

QUALITIES = {"low", "normal", "high", "very_high", "lossless"}
CAPTURES = {".pcap", ".pcapng", ".cap", ".dmp"}


def reasons(folder):
    wrong = []
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        verdict = result["verdict"]
        reason = verdict.get("unknown_reason")
        print(f"  {path.stem}: {verdict['label']} {reason or ''} {verdict.get('confidence')}")
        if verdict["label"] == "unknown" and not reason:
            wrong.append(f"{path.stem}: unknown without a reason")
        if verdict["label"] != "unknown" and not result["streams"]:
            wrong.append(f"{path.stem}: a verdict without a stream")
        if path.stem.startswith("web-player-2025"):
            if reason not in (None, "insufficient_evidence"):
                wrong.append(f"{path.stem}: unknown for the wrong reason, {reason}")
            if not any(s["evidence"]["audio_bytes"] for s in result["streams"]):
                wrong.append(f"{path.stem}: its audio was not seen")
    return wrong


def silent(results, stderr, folder):
    wrong = []
    reported = set()
    for line in pathlib.Path(results).read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        reported.add(result["capture"])
        labels = {result["verdict"]["label"]} | {s["label"] for s in result["streams"]}
        audio = sum(s["evidence"]["audio_bytes"] for s in result["streams"])
        if labels & QUALITIES or audio:
            wrong.append(f"{result['capture']}: {', '.join(sorted(labels))}, {audio} B of audio")
        for law in result["counters"]["broken_laws"]:
            wrong.append(f"{result['capture']}: {law}")
    said = pathlib.Path(stderr).read_text(encoding="utf-8")
    unreadable = 0
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix not in CAPTURES or path.name in reported:
            continue
        if path.name in said:
            unreadable += 1
        else:
            wrong.append(f"{path.name}: neither a result nor a word why")
    print(f"  {len(reported)} captures analysed, {unreadable} reported as unreadable")
    if not reported:
        wrong.append("no capture analysed")
    return wrong


def main(arguments):
    match arguments:
        case ["reasons", folder]:
            wrong = reasons(folder)
        case ["silent", results, stderr, folder]:
            wrong = silent(results, stderr, folder)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    for line in wrong:
        print(f"  wrong: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
