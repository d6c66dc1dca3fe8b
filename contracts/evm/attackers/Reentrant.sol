// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title An account that calls back in the middle of being paid
/// @notice Test networks and forks only. Whoever gets to it may command it.
/// @dev It swallows the refusals of its own calls, so that the payment which it interrupts goes
/// on: what it tried, and with what result, can be read afterwards.
contract Reentrant {
    struct Attempt {
        bytes payload;
        uint256 offered;
        bool made;
        bool succeeded;
        bytes answer;
    }

    address public target;
    Attempt[] private _attempts;

    /// @notice Prepare the calls that are made, once, when money or a token's hook comes in.
    function arm(
        address target_,
        bytes[] calldata payloads,
        uint256[] calldata offers
    ) external {
        target = target_;
        delete _attempts;
        for (uint256 i = 0; i < payloads.length; i++)
            _attempts.push(Attempt(payloads[i], offers[i], false, false, ""));
    }

    /// @notice What was tried, and what came of it.
    function attempts() external view returns (Attempt[] memory) {
        return _attempts;
    }

    receive() external payable {
        _strike();
    }

    /// @notice Hook of ERC-777 tokens: they have come in.
    function tokensReceived(address, address, uint256) external {
        _strike();
    }

    /// @notice Hook of ERC-777 tokens: they are about to leave.
    function tokensToSend(address, address, uint256) external {
        _strike();
    }

    function _strike() private {
        address where = target;
        if (where == address(0)) return;
        target = address(0);
        for (uint256 i = 0; i < _attempts.length; i++) {
            Attempt storage attempt = _attempts[i];
            attempt.made = true;
            (attempt.succeeded, attempt.answer) = where.call{value: attempt.offered}(
                attempt.payload
            );
        }
    }
}
