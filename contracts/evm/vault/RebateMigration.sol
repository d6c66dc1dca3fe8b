// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

interface ILedger {
    function move(address account) external returns (uint256);
}

interface IVault {
    function credit(address account) external payable;
}

/// @title Moves rebates from the ledger of release 1.9 into the vault, account by account
contract RebateMigration {
    error NotSteward(address account);
    error NotLedger(address account);

    ILedger public immutable ledger;
    IVault public immutable vault;
    address public immutable steward;

    constructor(ILedger ledger_, IVault vault_, address steward_) {
        ledger = ledger_;
        vault = vault_;
        steward = steward_;
    }

    receive() external payable {
        if (msg.sender != address(ledger)) revert NotLedger(msg.sender);
    }

    /// @notice Move the rebates of these accounts; who has none left is passed over.
    function migrate(address[] calldata accounts) external {
        if (msg.sender != steward) revert NotSteward(msg.sender);
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 amount = ledger.move(accounts[i]);
            if (amount > 0) vault.credit{value: amount}(accounts[i]);
        }
    }
}
