// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

interface Hooked {
    function tokensToSend(address from, address to, uint256 amount) external;
    function tokensReceived(address from, address to, uint256 amount) external;
}

/// @title A token that can be told to misbehave
/// @notice Test networks and forks only. Whoever gets to it may mint and set its manner.
contract HostileToken {
    enum Manner {
        Plain,
        Hooks, // tells contracts before and after, as ERC-777 does
        Silent, // returns nothing, as some old tokens
        ReturnsFalse, // moves nothing and says so
        SaysTrueMovesNothing,
        TakesFee, // one per cent of what is moved vanishes
        Reverts,
        Overstates // balanceOf tells ten times the truth
    }

    error Unwilling();
    error TooLittle();

    event Transfer(address indexed from, address indexed to, uint256 amount);

    Manner public manner;
    mapping(address account => uint256) private _held;
    mapping(address account => mapping(address spender => uint256)) public allowance;

    function behave(Manner manner_) external {
        manner = manner_;
    }

    function mint(address to, uint256 amount) external {
        _held[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    /// @notice What an account is told to hold.
    function balanceOf(address account) external view returns (uint256) {
        return manner == Manner.Overstates ? _held[account] * 10 : _held[account];
    }

    /// @notice What an account really holds.
    function held(address account) external view returns (uint256) {
        return _held[account];
    }

    function decimals() external pure returns (uint8) {
        return 18;
    }

    function transfer(address to, uint256 amount) external {
        _answer(_move(msg.sender, to, amount));
    }

    function transferFrom(address from, address to, uint256 amount) external {
        if (allowance[from][msg.sender] < amount) revert TooLittle();
        allowance[from][msg.sender] -= amount;
        _answer(_move(from, to, amount));
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (manner == Manner.Reverts) revert Unwilling();
        if (manner == Manner.ReturnsFalse) return false;
        if (manner == Manner.SaysTrueMovesNothing) return true;
        if (manner == Manner.Hooks && from.code.length != 0 && from != msg.sender)
            _tell(from, abi.encodeCall(Hooked.tokensToSend, (from, to, amount)));
        if (_held[from] < amount) revert TooLittle();
        _held[from] -= amount;
        _held[to] += manner == Manner.TakesFee ? amount - amount / 100 : amount;
        emit Transfer(from, to, amount);
        if (manner == Manner.Hooks && to.code.length != 0 && to != msg.sender)
            _tell(to, abi.encodeCall(Hooked.tokensReceived, (from, to, amount)));
        return true;
    }

    /// @dev Only who registered is told; a contract without the hook stands for one that did not.
    function _tell(address account, bytes memory hook) private {
        (bool heard, ) = account.call(hook);
        heard;
    }

    function _answer(bool done) private view {
        if (manner == Manner.Silent) return;
        assembly {
            mstore(0, done)
            return(0, 32)
        }
    }
}
