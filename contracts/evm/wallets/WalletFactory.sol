// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ContractWallet} from "./ContractWallet.sol";

/// @title Creates contract wallets at addresses that are known beforehand
contract WalletFactory {
    /// @notice Create the wallet of an owner; its address depends on nothing else.
    function create(address owner) external returns (address) {
        return Create2.deploy(0, bytes32(0), _code(owner));
    }

    /// @notice Where the wallet of an owner is, or will be.
    function addressOf(address owner) external view returns (address) {
        return Create2.computeAddress(bytes32(0), keccak256(_code(owner)));
    }

    function _code(address owner) private pure returns (bytes memory) {
        return abi.encodePacked(type(ContractWallet).creationCode, abi.encode(owner));
    }
}
