// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title An account that is a contract: one key signs for it, until it is revoked
contract ContractWallet is IERC1271 {
    /// @notice Whose signatures count; zero once revoked.
    address public owner;

    error NotTheOwner(address caller);

    constructor(address owner_) {
        owner = owner_;
    }

    receive() external payable {}

    /// @notice End the owner's right to sign, for good.
    function revoke() external onlyOwner {
        owner = address(0);
    }

    /// @notice Call another contract as this account.
    function execute(address to, uint256 value, bytes calldata data) external onlyOwner {
        (bool done, bytes memory returned) = to.call{value: value}(data);
        if (done) return;
        assembly ("memory-safe") {
            revert(add(returned, 32), mload(returned))
        }
    }

    /// @inheritdoc IERC1271
    function isValidSignature(
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(digest, signature);
        bool signed = problem == ECDSA.RecoverError.NoError && signer == owner;
        return signed ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotTheOwner(msg.sender);
        _;
    }
}
