// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Meta Aggregator's treasury: fees come in, traders take their rebates out
/// @notice Lives behind an upgradeable proxy. What is owed as rebates is not the house's to spend.
contract FeeVault is Initializable {
    using SafeERC20 for IERC20;

    error NotSteward(address account);
    error ZeroAddress();
    error ZeroAmount();
    error NothingToClaim(address account);
    error Owed(uint256 free, uint256 asked);
    error PaymentFailed(address to, uint256 amount);

    event RebateCredited(address indexed account, uint256 amount);
    event RebateClaimed(address indexed account, uint256 amount);
    event FeesSpent(address indexed token, address indexed to, uint256 amount);

    /// @notice Spends fees.
    address public steward;
    /// @notice All rebates that are owed, in wei.
    uint256 public totalRebates;
    mapping(address account => uint256) private _rebates;

    constructor() {
        _disableInitializers();
    }

    function initialize(address steward_) external initializer {
        if (steward_ == address(0)) revert ZeroAddress();
        steward = steward_;
    }

    receive() external payable {}

    /// @notice Owe the ether that comes with the call to an account.
    function credit(address account) external payable {
        if (account == address(0)) revert ZeroAddress();
        if (msg.value == 0) revert ZeroAmount();
        _rebates[account] += msg.value;
        totalRebates += msg.value;
        emit RebateCredited(account, msg.value);
    }

    /// @notice Take the caller's rebate.
    function claim() external {
        uint256 amount = _rebates[msg.sender];
        if (amount == 0) revert NothingToClaim(msg.sender);
        _rebates[msg.sender] = 0;
        totalRebates -= amount;
        emit RebateClaimed(msg.sender, amount);
        _pay(msg.sender, amount);
    }

    /// @notice Spend fees; rebates that are owed stay.
    function spend(address token, address to, uint256 amount) external {
        if (msg.sender != steward) revert NotSteward(msg.sender);
        if (to == address(0)) revert ZeroAddress();
        emit FeesSpent(token, to, amount);
        if (token != address(0)) {
            IERC20(token).safeTransfer(to, amount);
            return;
        }
        uint256 free = address(this).balance - totalRebates;
        if (amount > free) revert Owed(free, amount);
        _pay(to, amount);
    }

    /// @notice What is owed to an account.
    function rebateOf(address account) external view returns (uint256) {
        return _rebates[account];
    }

    function version() external pure virtual returns (string memory) {
        return "1";
    }

    function _pay(address to, uint256 amount) private {
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert PaymentFailed(to, amount);
    }
}
