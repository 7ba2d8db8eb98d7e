"""XChaCha20-Poly1305 in plain Python, from RFC 8439 and draft-irtf-cfrg-xchacha: enough to open what
the hall seals without any code of the hall's. `python3 chacha.py` holds it against the published vectors."""
import hmac
import struct

CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
ROUNDS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def _mix(state):
    x = list(state)
    for _ in range(10):
        for a, b, c, d in ROUNDS:
            x[a] = (x[a] + x[b]) & 0xFFFFFFFF; v = x[d] ^ x[a]; x[d] = ((v << 16) | (v >> 16)) & 0xFFFFFFFF
            x[c] = (x[c] + x[d]) & 0xFFFFFFFF; v = x[b] ^ x[c]; x[b] = ((v << 12) | (v >> 20)) & 0xFFFFFFFF
            x[a] = (x[a] + x[b]) & 0xFFFFFFFF; v = x[d] ^ x[a]; x[d] = ((v << 8) | (v >> 24)) & 0xFFFFFFFF
            x[c] = (x[c] + x[d]) & 0xFFFFFFFF; v = x[b] ^ x[c]; x[b] = ((v << 7) | (v >> 25)) & 0xFFFFFFFF
    return x


def block(key, counter, nonce):
    state = CONSTANTS + struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(_mix(state), state)))


def hchacha(key, nonce):
    x = _mix(CONSTANTS + struct.unpack("<8I", key) + struct.unpack("<4I", nonce))
    return struct.pack("<8I", *(x[:4] + x[12:]))


def poly1305(key, message):
    r, s = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, int.from_bytes(key[16:], "little")
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at:at + 16] + b"\x01", "little")) * r % ((1 << 130) - 5)
    return ((total + s) & ((1 << 128) - 1)).to_bytes(16, "little")


def _padded(data):
    return data + b"\0" * (-len(data) % 16)


def unseal(key, context, sealed):
    """What the hall sealed under this key in this context, or None when it was not."""
    nonce, body, tag = sealed[:24], sealed[24:-16], sealed[-16:]
    if len(sealed) < 40:
        return None
    subkey, short = hchacha(key, nonce[:16]), b"\0\0\0\0" + nonce[16:]
    message = _padded(context) + _padded(body) + struct.pack("<QQ", len(context), len(body))
    if not hmac.compare_digest(poly1305(block(subkey, 0, short)[:32], message), tag):
        return None
    stream = b"".join(block(subkey, 1 + n, short) for n in range((len(body) + 63) // 64))
    return bytes(a ^ b for a, b in zip(body, stream))


def check():
    """The vectors of draft-irtf-cfrg-xchacha-03, sections 2.2.1 and A.3.1."""
    key = bytes(range(32))
    assert hchacha(key, bytes.fromhex("000000090000004a0000000031415927")).hex() == "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"
    text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    sealed = bytes.fromhex("404142434445464748494a4b4c4d4e4f5051525354555657"
                           "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                           "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e" "c0875924c1c7987947deafd8780acf49")
    assert unseal(bytes(range(0x80, 0xA0)), bytes.fromhex("50515253c0c1c2c3c4c5c6c7"), sealed) == text


if __name__ == "__main__":
    check()
    print("2 vectors of draft-irtf-cfrg-xchacha: right")
