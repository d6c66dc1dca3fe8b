"""An order and a counterpart on a fork, and the ways in which the order can end."""

from fixtures.clients.meta_aggregator import NOBODY
from suites.meta_aggregator.desk import SELL

HOUR, USED = 3600, 5


class Scene:
    """What happens to one order, which becomes valid in an hour and then lasts for one."""

    def __init__(self, escrow, api, tokens):
        self.escrow, self.fork, self.api = escrow, escrow.fork, api
        self.maker, self.pair = self.fork.wallet(), {"sell_token": NOBODY, "buy_token": tokens.base}
        now = self.fork.block().timestamp
        self.valid_from, self.expiry = now + HOUR, now + 2 * HOUR
        escrow.give(self.maker.address, NOBODY, 4 * SELL)
        self.order = self.signed()
        self.against = escrow.counterpart(self.order, api.domain)

    def signed(self):
        """An order of the maker, each time another one."""
        return self.api.signed_order(
            self.maker, **self.pair, sell_amount=SELL, buy_amount=SELL, nonce=USED,
            valid_from=self.valid_from, expiry=self.expiry,
        )  # fmt: skip

    def settle(self, amount=None):
        """Settle the order with its counterpart; the name of the refusal, "" for none."""
        return self.escrow.refusal_to_settle(self.order, self.against, amount)

    def cancelled(self):
        """The maker cancels the nonce on the chain."""
        self.escrow.transact(self.maker, "cancelNonce", USED)
        self.fork.warp_to(self.valid_from)

    def withdrawn(self):
        """The maker uses the nonce to withdraw."""
        withdrawal = self.api.signed_withdrawal(self.maker, NOBODY, 1, nonce=USED)
        assert self.escrow.refusal_to_pay(withdrawal) == "", "the withdrawal was refused"
        self.fork.warp_to(self.valid_from)

    def overtaken(self):
        """Another order of the maker with the nonce is filled first, in part."""
        other = self.signed()
        against = self.escrow.counterpart(other, self.api.domain)
        self.fork.warp_to(self.valid_from)
        assert self.escrow.refusal_to_settle(other, against, 1) == "", "it was refused"

    def expired(self):
        """The first second after the order's validity begins."""
        self.fork.warp_to(self.expiry)

    def early(self):
        """It is the last second before the order's validity."""
        self.fork.warp_to(self.valid_from - 1)

    def filled(self):
        """The order was filled wholly; one wei more is asked for."""
        self.fork.warp_to(self.valid_from)
        assert self.settle() == "", "it was refused"
        return 1

    def overfilled(self):
        """One wei more than the order offers is asked for."""
        self.fork.warp_to(self.valid_from)
        return SELL + 1
