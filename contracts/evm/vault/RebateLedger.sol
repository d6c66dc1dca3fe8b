// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Where rebates were kept up to release 1.9
contract RebateLedger is Ownable {
    error NothingToClaim(address account);
    error NotMigrator(address account);
    error PaymentFailed(address to, uint256 amount);

    event Accrued(address indexed account, uint256 amount);
    event Claimed(address indexed account, uint256 amount);
    event Moved(address indexed account, address indexed migrator, uint256 amount);
    event MigratorSet(address indexed migrator);

    /// @notice May move what is owed; nobody until the owner names one.
    address public migrator;
    mapping(address account => uint256) private _claims;

    constructor(address owner_) Ownable(owner_) {}

    /// @notice Owe the ether that comes with the call to an account.
    function accrue(address account) external payable {
        _claims[account] += msg.value;
        emit Accrued(account, msg.value);
    }

    /// @notice Take what is owed to the caller.
    function claim() external {
        uint256 amount = _take(msg.sender);
        if (amount == 0) revert NothingToClaim(msg.sender);
        emit Claimed(msg.sender, amount);
        _pay(msg.sender, amount);
    }

    function setMigrator(address migrator_) external onlyOwner {
        migrator = migrator_;
        emit MigratorSet(migrator_);
    }

    /// @notice Hand what is owed to an account to the migrator, which owes it from then on.
    function move(address account) external returns (uint256 amount) {
        if (msg.sender != migrator) revert NotMigrator(msg.sender);
        amount = _take(account);
        emit Moved(account, msg.sender, amount);
        _pay(msg.sender, amount);
    }

    /// @notice What is owed to an account.
    function claimOf(address account) external view returns (uint256) {
        return _claims[account];
    }

    function _take(address account) private returns (uint256 amount) {
        amount = _claims[account];
        _claims[account] = 0;
    }

    function _pay(address to, uint256 amount) private {
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert PaymentFailed(to, amount);
    }
}
