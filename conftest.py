"""Which plugins make pytest a release gate; each does one thing.

pytest calls the hooks of the last plugin first: read the list from its end.
"""

pytest_plugins = [
    "fixtures.plugins.details",
    "fixtures.plugins.recorder",
    "fixtures.plugins.gate",
    "fixtures.plugins.attestations",
    "fixtures.plugins.safety",
    "fixtures.plugins.together",
    "fixtures.plugins.target",
    "fixtures.plugins.proofs",
    "fixtures.plugins.catalogue",
    "fixtures.plugins.options",
]
