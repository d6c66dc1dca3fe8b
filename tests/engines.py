"""The engines that can carry a chain or a fork, each skipped where this machine lacks it."""

import pytest

from fixtures.profiles.tools import which

needs_anvil = pytest.mark.skipif(which("anvil") is None, reason="anvil is not installed")
ENGINES = ["py-evm", pytest.param("anvil", marks=needs_anvil)]
