"""Gas of every function, measured so that two deployments of one contract agree."""

from contracts.evm.functions import functions
from fixtures.clients.chain import Chain
from fixtures.clients.escrow_scene import Scene
from fixtures.clients.fork import Fork
from fixtures.clients.gas import gas_of_functions
from fixtures.clients.recording import NullRecorder
from fixtures.probes.gas_envelope import increases_pct
from fixtures.reference.chain import deploy_contracts, key_of, start_chain

NOISE_PCT = 1  # random ids and signatures hold more or fewer zero bytes


def test_two_deployments_of_one_contract_use_the_same_gas(engine):
    with start_chain(31337, engine=engine) as running:
        deployed = deploy_contracts(running.url, key_of("deployer"), with_uniswap=False)
        fork = Fork(Chain(running.url, NullRecorder()), engine)
        used = []
        for address in (deployed.previous_escrow, deployed.escrow):
            with fork.apart():
                used.append(gas_of_functions(Scene(fork, address)))
        fork.close()

    assert set(used[0]) == set(functions().effects)
    assert all(abs(pct) < NOISE_PCT for pct in increases_pct(*used).values())
