"""Secrets, and parts of texts around them, that the redactor's tests share."""

from hypothesis import strategies as st

KEY = "0x" + "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
MNEMONIC = "legal winner thank year wave sausage worth useful legal winner thank yellow"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04
-----END EC PRIVATE KEY-----"""
FRAGMENTS = st.sampled_from(
    ["password", "token", "key", "seed", ":", "=", " ", '"', "'", "\\", "\n", "x1", "_", "-", "api",
     "0x" + "a1" * 32, "Bearer ", "https://", "u:p@h", "/v2/", "abcd1234efgh5678", "eyJhbGciOi",
     ".abcdefgh", "legal ", "winner ", ",", "[", "]", "{", "}", "é", "known-secret-1", "Cookie",
     "-----BEGIN"]
)  # fmt: skip
