"""Pairings are loaded when one is asked for, and are then py-ecc's own."""

import importlib.util
import sys

import pytest
from py_ecc import optimized_bn128 as curve

from fixtures.light_curves import _HEAVY, _Finder, install

NAME = "py_ecc.optimized_bn128.optimized_pairing"


def fresh():
    """The module as an import would make it, and not the one that others share."""
    spec = _Finder().find_spec(NAME, curve.__path__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_pairing_is_computed_as_by_py_ecc_itself():
    module = fresh()
    assert not hasattr(module, "miller_loop")
    kept = module.pairing  # as `from … import pairing` keeps it
    twice = curve.multiply(curve.G1, 2)
    assert kept(curve.G2, twice) == kept(curve.multiply(curve.G2, 2), curve.G1)
    assert module.pairing is not kept
    assert hasattr(module, "miller_loop")


def test_a_bad_point_is_refused_as_by_py_ecc_itself():
    with pytest.raises(ValueError, match="curve"):
        fresh().pairing(curve.G2, (curve.FQ(1), curve.FQ(1), curve.FQ(1)))


def test_every_heavy_module_exists():
    assert [name for name in _HEAVY if not importlib.util.find_spec(name)] == []


def test_it_is_put_off_once_in_a_process():
    before = list(sys.meta_path)
    install()
    assert sys.meta_path == before
