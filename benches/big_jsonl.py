"""Writes a large JSONL of distinct records by repeating the STAR file with new ids and changed words.

    python3 big_jsonl.py STAR.jsonl.gz OUT.jsonl [--bytes 1073741824]

No two records are alike, so that nothing is saved by leaving out what is known already. The same
input gives the same output.
"""
import argparse
import gzip
import itertools
import json

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("star")
options.add_argument("out")
options.add_argument("--bytes", type=int, default=2**30)
asked = options.parse_args()

with gzip.open(asked.star, "rt", encoding="utf-8") as lines:
    records = [json.loads(line) for line in lines]
written, ids = 0, itertools.count(1)
with open(asked.out, "w", encoding="utf-8") as out:
    for lap in itertools.count(1):
        for record in records:
            changed = dict(record, DialogueID=next(ids), BatchID=f"{record['BatchID']}-{lap}")
            changed["Events"] = [
                dict(event, Text=f"{event['Text']} ({lap})") if "Text" in event else event for event in record["Events"]
            ]
            line = json.dumps(changed, ensure_ascii=False, separators=(",", ":")) + "\n"
            written += len(line.encode())
            if written > asked.bytes:
                raise SystemExit(0)
            out.write(line)
