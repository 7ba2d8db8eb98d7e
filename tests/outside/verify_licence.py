#!/usr/bin/env python3
"""A stranger checks a licence: with PyPI jwcrypto and the published key set, and nothing of ours.

    verify_licence.py LICENCE.jwt --jwks jwks.json --issuer https://hall.example
                      [--manifest manifest.json] [--files FOLDER] [--status status.json]
                      [--board board.json] [--now SECONDS]

It prints a line a check and ends in 0 only if all hold. --files recomputes the hash of every file
that the manifest names; --board recomputes the digest of the counted ballots from a file
{"choices": [..], "receipts": [..]}; --now sets the instant (for tests).
"""
import argparse
import base64
import gzip
import hashlib
import json
import pathlib
import sys

from jwcrypto import jwk, jwt

AUDIENCE = "guildhall:licence:1"
TYPE = "licence+jwt"
failed = []


def check(name, holds, words=""):
    print(f"{'holds' if holds else 'FAILS':6} {name:12} {words}")
    if not holds:
        failed.append(name)


def refuses(token, keys, checks):
    try:
        jwt.JWT(jwt=token, key=keys, algs=["EdDSA"], check_claims=checks)
    except Exception:  # whatever the library calls it, it must not pass
        return True
    return False


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def least(rate, unit, holds):
    """The least total in minor units, rounded up: rate is in millionths of a minor unit a unit."""
    number, over = {
        "flat": (1, 1),
        "record": (holds["records"], 1),
        "thousand_words": (holds["words"], 1_000),
        "megabyte": (holds["bytes"], 1_000_000),
    }[unit]
    return -(-rate * number // (1_000_000 * over))


def root(leaves):
    """RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def lines(folder, files):
    """The records of the JSON files in order, each with its bytes as delivered."""
    for file in sorted(f["name"] for f in files if f["name"].endswith(".jsonl.gz")):
        with gzip.open(folder / file, "rb") as stream:
            yield from stream


def leaf(line):
    value = json.loads(line)
    # The record's bytes stand between its key and the closing brace of the line.
    record = line[line.index(b'"record":') + len(b'"record":'):].rstrip(b"\n")[:-1]
    return hashlib.sha256(b"\x00" + bytes.fromhex(value["salt"]) + record).digest(), value["leaf"]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("licence", type=pathlib.Path)
    args.add_argument("--jwks", type=pathlib.Path, required=True)
    args.add_argument("--issuer", required=True)
    args.add_argument("--manifest", type=pathlib.Path)
    args.add_argument("--files", type=pathlib.Path)
    args.add_argument("--status", type=pathlib.Path)
    args.add_argument("--board", type=pathlib.Path)
    args.add_argument("--now", type=int)
    args = args.parse_args()
    if args.now:
        jwt.time.time = lambda: args.now
    token = "".join(args.licence.read_text().split())
    keys = jwk.JWKSet.from_json(args.jwks.read_text())
    checks = {"iss": args.issuer, "aud": AUDIENCE, "exp": None, "nbf": None, "iat": None, "jti": None, "sub": None}
    try:
        seen = jwt.JWT(jwt=token, key=keys, algs=["EdDSA"], check_claims=checks)
    except Exception as cause:
        check("signature", False, repr(cause))
        return 1
    header, claims = json.loads(seen.header), json.loads(seen.claims)
    check("signature", True, f"by {header['kid']}, issuer, audience and term too")
    check("type", header["typ"] == TYPE and set(header) == {"typ", "alg", "kid"}, header["typ"])
    check("thumbprint", keys.get_key(header["kid"]).thumbprint() == header["kid"], "the key is named by RFC 7638")

    head, body, signature = token.split(".")
    forged = dict(claims, total={"minor": 1, "currency": claims["total"]["currency"]})
    other = base64.urlsafe_b64encode(compact(forged)).rstrip(b"=").decode()
    check("tampering", refuses(f"{head}.{other}.{signature}", keys, checks), "another price under this signature is refused")
    stranger = jwk.JWK.generate(kty="OKP", crv="Ed25519", kid=header["kid"])
    check("other key", refuses(token, jwk.JWKSet(keys=stranger), checks), "another key of the same name is refused")

    check("terms", sha256(compact(claims["terms"])) == claims["terms_hash"], claims["terms_hash"][:12])
    total = claims["total"]["minor"]
    for floor in claims["floors"]:
        need = least(floor["rate"], floor["unit"], claims["corpus"]["holds"])
        check("floor", need == floor["least"] and total >= need and floor["currency"] == claims["total"]["currency"], f"{total} >= {need}, vote {floor['number']}")
    bare = set(claims["terms"]["uses"]) - {floor["use"] for floor in claims["floors"]}
    check("uses", bool(claims["floors"]) and not bare, f"every use has a floor: {', '.join(claims['terms']['uses'])}")

    if args.manifest:
        data = args.manifest.read_bytes()
        manifest = json.loads(data)
        check("manifest", sha256(data) == claims["corpus"]["manifest"] and manifest["root"] == claims["corpus"]["root"], f"{len(manifest['files'])} files")
        if args.files:
            for file in manifest["files"]:
                data = (args.files / file["name"]).read_bytes()
                check("file", sha256(data) == file["sha256"] and len(data) == file["bytes"], file["name"])
            leaves = [leaf(line) for line in lines(args.files, manifest["files"])]
            check("leaves", all(made.hex() == said for made, said in leaves), f"{len(leaves)} records hash to their leaves")
            check("root", root([made for made, _ in leaves]).hex() == claims["corpus"]["root"], claims["corpus"]["root"][:12])
    if args.board:
        board = json.loads(args.board.read_text())
        made = sha256(compact(sorted(board["choices"])) + compact(sorted(board["receipts"])))
        check("ballots", made == claims["ratified"]["ballots"], f"{len(board['choices'])} choices, {len(board['receipts'])} receipts")
    if args.status:
        status = json.loads(args.status.read_text())
        check("status", status["licence"] == claims["jti"] and status["status"] == "active", status["status"])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
