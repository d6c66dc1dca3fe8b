// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {FeeVault} from "./FeeVault.sol";

/// @notice What the second version of the vault adds to its state.
abstract contract RebatePolicy {
    /// @notice Share of a fee that goes back to the trader, in hundredths of a per cent.
    uint256 public rebateBps;
}

/// @title The vault of release 2.0: the share that goes back can be set
/// @dev The new state follows the old one; a base contract put first would move everything.
contract FeeVaultV2 is FeeVault, RebatePolicy {
    error ShareTooHigh(uint256 bps);

    event RebateShareSet(uint256 bps);

    function setRebateShare(uint256 bps) external {
        if (msg.sender != steward) revert NotSteward(msg.sender);
        if (bps > 10_000) revert ShareTooHigh(bps);
        rebateBps = bps;
        emit RebateShareSet(bps);
    }

    function version() external pure override returns (string memory) {
        return "2";
    }
}
