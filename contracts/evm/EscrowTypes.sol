// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What Meta Aggregator's Escrow signs, stores, announces and refuses
/// @notice `token` is an ERC-20 address, or zero for ether. Amounts are in the token's smallest
/// unit, times in seconds since 1970.
interface EscrowTypes {
    /// @notice Life of an escrow. Only Held and Disputed hold money.
    enum State {
        None,
        Held,
        Disputed,
        Released,
        Refunded
    }

    /// @notice One payment held for two parties.
    struct Payment {
        address payer;
        uint64 deadline; // from here on the payer may take a Held payment back
        State state;
        address payee;
        address token;
        uint256 amount; // what was really received
    }

    /// @notice An order as its maker signs it (EIP-712).
    struct Order {
        address maker;
        address taker; // the only counterparty accepted, zero for anyone
        address sellToken;
        address buyToken;
        uint256 sellAmount;
        uint256 buyAmount; // the least accepted for the whole of sellAmount
        uint256 nonce;
        uint256 validFrom; // first second of validity
        uint256 expiry; // first second after validity
        bytes32 salt;
    }

    /// @notice The payer's signed consent to a release (EIP-712).
    struct ReleaseAuthorization {
        bytes32 id;
        uint256 nonce;
        uint256 deadline; // last second of validity
    }

    /// @notice An account's signed wish to withdraw from its trading balance (EIP-712).
    struct Withdrawal {
        address account;
        address token;
        uint256 amount;
        address recipient;
        uint256 nonce;
        uint256 deadline; // last second of validity
    }

    event Deposited(
        bytes32 indexed id,
        address indexed payer,
        address indexed payee,
        address token,
        uint256 amount,
        uint64 deadline
    );
    /// @param amount what the payee gets, the fee already taken off
    event Released(
        bytes32 indexed id,
        address indexed payee,
        address indexed by,
        address token,
        uint256 amount,
        uint256 fee
    );
    event Refunded(
        bytes32 indexed id,
        address indexed payer,
        address indexed by,
        address token,
        uint256 amount
    );
    event Disputed(bytes32 indexed id, address indexed by);
    /// @param payeeAmount what the payee gets, the fee already taken off
    event Resolved(
        bytes32 indexed id,
        address indexed arbiter,
        address token,
        uint256 payeeAmount,
        uint256 payerAmount,
        uint256 fee
    );
    /// @notice A recipient refused a payment; it now stands in its trading balance.
    event PayoutDeferred(address indexed account, address indexed token, uint256 amount);
    event Funded(address indexed account, address indexed token, uint256 amount);
    event Withdrawn(
        address indexed account,
        address indexed token,
        address indexed recipient,
        uint256 amount
    );
    /// @param amountA what makerA gave of tokenA; @param amountB what makerB gave of tokenB
    event Settled(
        bytes32 indexed orderHashA,
        bytes32 indexed orderHashB,
        address makerA,
        address makerB,
        address tokenA,
        address tokenB,
        uint256 amountA,
        uint256 amountB
    );
    event NonceConsumed(address indexed account, uint256 nonce);
    event NonceCancelled(address indexed account, uint256 nonce);

    error ZeroAddress();
    error ZeroAmount();
    /// @notice Nobody could take money out again from there.
    error InvalidRecipient(address recipient);
    error FeeTooHigh(uint256 feeBps, uint256 maximum);
    error EtherMismatch(uint256 expected, uint256 sent);
    /// @notice The token delivered another amount than it was asked for.
    error ReceivedDiffers(address token, uint256 expected, uint256 received);
    error PaymentFailed(address recipient, uint256 amount);

    error EscrowExists(bytes32 id);
    error PayeeIsPayer();
    error DeadlinePassed(uint256 deadline);
    error NotInState(bytes32 id, State expected, State actual);
    error NotAParty(bytes32 id, address caller);
    error RefundTooEarly(bytes32 id, uint256 deadline);
    error MoreThanHeld(bytes32 id, uint256 requested, uint256 held);

    error InvalidSignature(address signer);
    error SignatureExpired(uint256 deadline);
    error NonceAlreadyUsed(address account, uint256 nonce);
    error InsufficientBalance(address account, address token, uint256 available, uint256 needed);

    error OrderNotYetValid(bytes32 orderHash, uint256 validFrom);
    error OrderExpired(bytes32 orderHash, uint256 expiry);
    error TakerNotAllowed(bytes32 orderHash, address counterparty);
    error TokensDoNotPair();
    error SelfTrade(address maker);
    error PriceNotMet(bytes32 orderHash, uint256 received, uint256 least);
    error Overfilled(bytes32 orderHash, uint256 remaining, uint256 requested);
}
