import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.mnemonics import is_mnemonic, mnemonics, word_numbers
from fixtures.probes.public_secrets import is_public
from fixtures.probes.secret_scan import Allowed, allowed, scan

KEY = hashlib.sha256(b"a key of these tests").hexdigest()
TOKEN = hashlib.sha256(b"a token of these tests").hexdigest()[:32]
PHRASE = (
    "scheme spot photo card baby mountain device kick cradle pact join borrow"  # a published vector
)
PEM_BODY = base64.b64encode(hashlib.sha512(b"body").digest()).decode()
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiJ9." + TOKEN


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f'const c={{relayerKey:"0x{KEY}",chainId:1}};', "private key of an account"),
        (f"PRIVATE_KEY={KEY}\n", "private key of an account"),
        (f'new ethers.Wallet("0x{KEY}", provider)', "private key of an account"),
        (f'"deployer": "{KEY.upper()}"', "private key of an account"),
        (f'{{\\"signingKey\\":\\"0x{KEY}\\"}}', "private key of an account"),
        (f'mnemonic: "{PHRASE}"', "mnemonic"),
        ('["' + '", "'.join(PHRASE.split()) + '"]', "mnemonic"),
        (f"RPC_URL=https://eth.example.org/v2/{TOKEN}", "URL with a key"),
        (f'"https://mainnet.example.org/ws/v3/{TOKEN}"', "URL with a key"),
        ("postgres://app:hunter2hunter2@db.example/orders", "URL with a password"),
        (
            f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}\n-----END PRIVATE KEY-----",
            "private key in PEM",
        ),
        (f"let session = '{JWT}'", "JSON Web Token"),
        (f'const apiKey = "{TOKEN}";', "value named apiKey"),
        ("aws = 'AKIA" + "Q3EGRIFTBO7H52XZ'", "AWS Access Key"),
        ("ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "GitHub Token"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_a_credential_is_found(text, kind):
    hits = scan(f"// first line\n{text}\n", "app.js")
    assert [(hit.kind, hit.line) for hit in hits] == [(kind, 2)]


@pytest.mark.parametrize(
    "text",
    [
        f'"transactionHash": "0x{KEY}"',
        f"bytes32 constant TYPEHASH_KEY = 0x{'00' * 32};",
        f'publicKey: "0x{KEY}"',
        f'"bytecode": "0x{KEY * 30}"',
        f"sha256:{KEY}",
        '"escrow": "0x5FbDB2315678afecb367f032d93F642f64180aa3"',
        "PRIVATE_KEY=ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "test test test test test test test test test test test junk",
        "PRIVATE_KEY=${DEPLOYER_KEY}",
        "password: process.env.DATABASE_PASSWORD",
        'api_key = "env:ZEROX_API_KEY"',
        "postgres://app:$PASSWORD@db.example/orders",
        "https://eth.example.org/v2/your-api-key-here",
        "the quick brown fox jumps over the lazy dog and then it sleeps until noon again",
        PHRASE.replace("borrow", "abandon"),
    ],
    ids=lambda text: text[:24],
)
def test_what_is_no_secret_raises_no_alarm(text):
    assert scan(text, "app.js") == []


def test_a_hit_shows_everything_but_the_value():
    (hit,) = scan(f"PRIVATE_KEY=0x{KEY}", ".env")
    assert KEY not in repr(hit)
    assert KEY not in hit.fingerprint(b"salt")
    assert hit.fingerprint(b"salt") != hit.fingerprint(b"pepper")


@given(st.integers(0, 40_000), st.integers(0, 500))
def test_a_secret_is_found_wherever_it_stands_in_a_bundle(before, after):
    text = "a=1;" * (before // 4) + f';relayerKey="0x{KEY}";' + "b=2;" * after
    assert [hit.value for hit in scan(text, "app.js")] == [KEY]


@given(st.binary(min_size=16, max_size=16))
def test_every_mnemonic_is_found(entropy):
    words = list(word_numbers())
    bits = int.from_bytes(entropy, "big") << 4 | hashlib.sha256(entropy).digest()[0] >> 4
    phrase = [words[bits >> 11 * n & 2047] for n in range(11, -1, -1)]
    assert is_mnemonic(phrase)
    assert " ".join(phrase) in [found for found, _ in mnemonics(f"seed: {' '.join(phrase)}.")]


def test_fillers_and_published_keys_are_public():
    assert is_public("0x" + "11" * 32)
    assert is_public("test " * 11 + "junk")
    assert not is_public(KEY)


def test_a_reviewed_hit_is_allowed_in_its_file_only():
    salt, entries = allowed({"salt": "0123456789abcdef", "allowed": []})
    (hit,) = scan(f"PRIVATE_KEY={KEY}", "test/keys.js @ 0123456789ab")
    entry = Allowed("test/keys.js", hit.fingerprint(salt), "a test vector", "Mira")
    (elsewhere,) = scan(f"PRIVATE_KEY={KEY}", "src/keys.js")
    assert entries == []
    assert entry.covers(hit, salt)
    assert not entry.covers(elsewhere, salt)


@pytest.mark.parametrize(
    "baseline",
    [
        {},
        {"salt": "short"},
        {"salt": "0123456789abcdef", "allowed": [{"path": "a", "fingerprint": "b"}]},
    ],
    ids=["no salt", "short salt", "no reason"],
)
def test_a_baseline_without_salt_or_reason_is_refused(baseline):
    with pytest.raises(ValueError, match=r"salt|reason"):
        allowed(baseline)
