// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";

/// @title The proxy of the vault; it makes its own ProxyAdmin, which `admin` owns
contract VaultProxy is TransparentUpgradeableProxy {
    constructor(
        address implementation,
        address admin,
        bytes memory call
    ) payable TransparentUpgradeableProxy(implementation, admin, call) {}
}
