// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {EscrowTypes} from "./EscrowTypes.sol";

/// @title Meta Aggregator's escrow and settlement
/// @notice Holds payments between two parties until they, or an arbiter, agree; holds trading
/// balances and settles signed orders against them.
/// @dev Each account has one space of unordered nonces for everything it signs. A nonce belongs
/// to one signed message: to the first order that settled with it, or to the authorization that
/// consumed it. Cancelling it ends that message, a partly filled order included.
///
/// While paused nothing moves money, in or out. What only protects stays open: dispute and
/// cancelNonce.
///
/// Invariant: liabilities(token) is the sum of all payments Held or Disputed and all trading
/// balances in that token, and the contract owns at least that much.
contract Escrow is EscrowTypes, AccessControl, Pausable, ReentrancyGuard, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    /// @notice Settles disputes, and may release or refund in the parties' place.
    bytes32 public constant ARBITER_ROLE = keccak256("ARBITER_ROLE");
    /// @notice Settles matched orders.
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");
    /// @notice Stops and resumes the contract.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    bytes32 public constant ORDER_TYPEHASH =
        keccak256(
            "Order(address maker,address taker,address sellToken,address buyToken,uint256 sellAmount,uint256 buyAmount,uint256 nonce,uint256 validFrom,uint256 expiry,bytes32 salt)"
        );
    bytes32 public constant RELEASE_TYPEHASH =
        keccak256("ReleaseAuthorization(bytes32 id,uint256 nonce,uint256 deadline)");
    bytes32 public constant WITHDRAWAL_TYPEHASH =
        keccak256(
            "Withdrawal(address account,address token,uint256 amount,address recipient,uint256 nonce,uint256 deadline)"
        );

    uint256 public constant BPS = 10_000;
    uint256 public constant MAX_FEE_BPS = 1_000;

    /// @notice Fee on what a payee gets, in hundredths of a per cent. Trades carry none.
    uint16 public immutable feeBps;
    /// @notice Where fees go.
    address public immutable treasury;

    mapping(bytes32 id => Payment) private _payments;
    mapping(address account => mapping(address token => uint256)) private _balances;
    mapping(address token => uint256) private _liabilities;
    mapping(address account => BitMaps.BitMap) private _nonces;
    mapping(address account => mapping(uint256 nonce => bytes32)) private _nonceOrder;
    mapping(bytes32 orderHash => uint256) private _filled;

    /// @param admin grants roles, and may pause
    /// @param arbiter first holder of ARBITER_ROLE
    /// @param operator first holder of OPERATOR_ROLE
    constructor(
        address admin,
        address arbiter,
        address operator,
        address treasury_,
        uint16 feeBps_
    ) EIP712("Meta Aggregator", "2") {
        if (
            admin == address(0) ||
            arbiter == address(0) ||
            operator == address(0) ||
            treasury_ == address(0)
        ) revert ZeroAddress();
        if (feeBps_ > MAX_FEE_BPS) revert FeeTooHigh(feeBps_, MAX_FEE_BPS);
        treasury = treasury_;
        feeBps = feeBps_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(PAUSER_ROLE, admin);
        _grantRole(ARBITER_ROLE, arbiter);
        _grantRole(OPERATOR_ROLE, operator);
    }

    // ---- payments between two parties

    /// @notice Pay `amount` into escrow for `payee`. Ether comes with the call.
    /// @dev The caller chooses `id`; derive it from something only the caller has, since the
    /// first deposit takes it. Tokens that deliver less than asked are refused.
    function deposit(
        bytes32 id,
        address payee,
        address token,
        uint256 amount,
        uint64 deadline
    ) external payable nonReentrant whenNotPaused {
        _checkRecipient(payee);
        if (payee == msg.sender) revert PayeeIsPayer();
        if (deadline <= block.timestamp) revert DeadlinePassed(deadline);
        if (_payments[id].state != State.None) revert EscrowExists(id);

        _payments[id] = Payment(msg.sender, deadline, State.Held, payee, token, amount);
        _liabilities[token] += amount;
        emit Deposited(id, msg.sender, payee, token, amount, deadline);

        _collect(token, amount);
    }

    /// @notice Pay the payee. Called by the payer or an arbiter.
    function release(bytes32 id) external nonReentrant whenNotPaused {
        Payment storage payment = _inState(id, State.Held);
        if (msg.sender != payment.payer && !hasRole(ARBITER_ROLE, msg.sender))
            revert NotAParty(id, msg.sender);
        _release(id, payment);
    }

    /// @notice Pay the payee with the payer's signature, whoever brings it.
    function releaseWithAuthorization(
        ReleaseAuthorization calldata authorization,
        bytes calldata signature
    ) external nonReentrant whenNotPaused {
        Payment storage payment = _inState(authorization.id, State.Held);
        if (block.timestamp > authorization.deadline)
            revert SignatureExpired(authorization.deadline);
        _verify(
            payment.payer,
            keccak256(abi.encode(RELEASE_TYPEHASH, authorization)),
            signature
        );
        _consumeNonce(payment.payer, authorization.nonce);
        _release(authorization.id, payment);
    }

    /// @notice Pay the payer back. The payee and arbiters may at any time, the payer from the
    /// deadline on.
    function refund(bytes32 id) external nonReentrant whenNotPaused {
        Payment storage payment = _inState(id, State.Held);
        if (msg.sender != payment.payee && !hasRole(ARBITER_ROLE, msg.sender)) {
            if (msg.sender != payment.payer) revert NotAParty(id, msg.sender);
            if (block.timestamp < payment.deadline) revert RefundTooEarly(id, payment.deadline);
        }
        payment.state = State.Refunded;
        emit Refunded(id, payment.payer, msg.sender, payment.token, payment.amount);
        _payOut(payment.payer, payment.token, payment.amount);
    }

    /// @notice Hand a payment to the arbiters. Called by either party; open while paused.
    function dispute(bytes32 id) external {
        Payment storage payment = _inState(id, State.Held);
        if (msg.sender != payment.payer && msg.sender != payment.payee)
            revert NotAParty(id, msg.sender);
        payment.state = State.Disputed;
        emit Disputed(id, msg.sender);
    }

    /// @notice Decide a dispute: `payeeAmount` for the payee (less the fee), the rest goes back.
    function resolve(
        bytes32 id,
        uint256 payeeAmount
    ) external onlyRole(ARBITER_ROLE) nonReentrant whenNotPaused {
        Payment storage payment = _inState(id, State.Disputed);
        uint256 held = payment.amount;
        if (payeeAmount > held) revert MoreThanHeld(id, payeeAmount, held);

        payment.state = payeeAmount == 0 ? State.Refunded : State.Released;
        uint256 fee = _feeOn(payeeAmount);
        address token = payment.token;
        emit Resolved(id, msg.sender, token, payeeAmount - fee, held - payeeAmount, fee);
        _payOut(payment.payee, token, payeeAmount - fee);
        _payOut(treasury, token, fee);
        _payOut(payment.payer, token, held - payeeAmount);
    }

    // ---- trading balances

    /// @notice Add to the caller's trading balance. Ether comes with the call.
    function fund(address token, uint256 amount) external payable nonReentrant whenNotPaused {
        _liabilities[token] += amount;
        _balances[msg.sender][token] += amount;
        emit Funded(msg.sender, token, amount);
        _collect(token, amount);
    }

    /// @notice Take from the caller's trading balance.
    function withdraw(address token, uint256 amount) external nonReentrant whenNotPaused {
        _withdraw(msg.sender, token, amount, msg.sender);
    }

    /// @notice Take from an account's trading balance with its signature, whoever brings it.
    function withdrawWithAuthorization(
        Withdrawal calldata withdrawal,
        bytes calldata signature
    ) external nonReentrant whenNotPaused {
        _checkRecipient(withdrawal.recipient);
        if (block.timestamp > withdrawal.deadline) revert SignatureExpired(withdrawal.deadline);
        _verify(
            withdrawal.account,
            keccak256(abi.encode(WITHDRAWAL_TYPEHASH, withdrawal)),
            signature
        );
        _consumeNonce(withdrawal.account, withdrawal.nonce);
        _withdraw(withdrawal.account, withdrawal.token, withdrawal.amount, withdrawal.recipient);
    }

    // ---- orders

    /// @notice Settle two orders that match, at the price of `a`, the older one.
    /// @param fillSellA how much of a's sellToken goes to b's maker. What b's maker gives for it
    /// is a's price rounded up, so that a's maker never gets less than signed; it must meet b's
    /// price too.
    function settle(
        Order calldata a,
        bytes calldata signatureA,
        Order calldata b,
        bytes calldata signatureB,
        uint256 fillSellA
    ) external onlyRole(OPERATOR_ROLE) nonReentrant whenNotPaused {
        if (
            a.sellToken != b.buyToken || a.buyToken != b.sellToken || a.sellToken == a.buyToken
        ) revert TokensDoNotPair();
        if (a.maker == b.maker) revert SelfTrade(a.maker);
        if (fillSellA == 0) revert ZeroAmount();

        bytes32 hashA = _accept(a, signatureA, b.maker);
        bytes32 hashB = _accept(b, signatureB, a.maker);

        uint256 fillSellB = Math.mulDiv(fillSellA, a.buyAmount, a.sellAmount, Math.Rounding.Ceil);
        uint256 least = Math.mulDiv(fillSellB, b.buyAmount, b.sellAmount, Math.Rounding.Ceil);
        if (fillSellA < least) revert PriceNotMet(hashB, fillSellA, least);

        _fill(hashA, a, b.maker, fillSellA);
        _fill(hashB, b, a.maker, fillSellB);
        _announce(hashA, hashB, a, b, fillSellA, fillSellB);
    }

    /// @notice End whatever the caller signed with `nonce`; open while paused.
    function cancelNonce(uint256 nonce) external {
        if (_nonces[msg.sender].get(nonce)) revert NonceAlreadyUsed(msg.sender, nonce);
        _nonces[msg.sender].set(nonce);
        emit NonceCancelled(msg.sender, nonce);
    }

    // ---- emergency

    /// @notice Stop all movement of money.
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @notice Resume.
    function unpause() external onlyRole(PAUSER_ROLE) {
        _unpause();
    }

    // ---- views

    /// @notice A payment by its id; state None where there is none.
    function paymentOf(bytes32 id) external view returns (Payment memory) {
        return _payments[id];
    }

    /// @notice Trading balance of an account.
    function balanceOf(address account, address token) external view returns (uint256) {
        return _balances[account][token];
    }

    /// @notice All that the contract owes in a token.
    function liabilities(address token) external view returns (uint256) {
        return _liabilities[token];
    }

    /// @notice How much of an order's sellAmount has been settled.
    function filled(bytes32 orderHash_) external view returns (uint256) {
        return _filled[orderHash_];
    }

    /// @notice Whether no new message of `account` may carry `nonce`: it was consumed, cancelled,
    /// or belongs to an order that has been settled at least in part.
    function nonceUsed(address account, uint256 nonce) external view returns (bool) {
        return _nonces[account].get(nonce) || _nonceOrder[account][nonce] != bytes32(0);
    }

    /// @notice Whether `nonce` was consumed or cancelled: orders that carry it settle no more.
    function nonceSpent(address account, uint256 nonce) external view returns (bool) {
        return _nonces[account].get(nonce);
    }

    /// @notice What a maker signs for an order (EIP-712 digest); also the order's id.
    function orderHash(Order calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ORDER_TYPEHASH, order)));
    }

    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---- inside

    function _inState(bytes32 id, State expected) private view returns (Payment storage payment) {
        payment = _payments[id];
        if (payment.state != expected) revert NotInState(id, expected, payment.state);
    }

    function _checkRecipient(address recipient) private view {
        if (recipient == address(0) || recipient == address(this))
            revert InvalidRecipient(recipient);
    }

    function _feeOn(uint256 amount) private view returns (uint256) {
        return Math.mulDiv(amount, feeBps, BPS);
    }

    function _release(bytes32 id, Payment storage payment) private {
        payment.state = State.Released;
        uint256 fee = _feeOn(payment.amount);
        uint256 due = payment.amount - fee;
        emit Released(id, payment.payee, msg.sender, payment.token, due, fee);
        _payOut(payment.payee, payment.token, due);
        _payOut(treasury, payment.token, fee);
    }

    function _withdraw(address account, address token, uint256 amount, address recipient) private {
        if (amount == 0) revert ZeroAmount();
        _debit(account, token, amount);
        _liabilities[token] -= amount;
        emit Withdrawn(account, token, recipient, amount);
        if (token != address(0)) IERC20(token).safeTransfer(recipient, amount);
        else if (!LowLevelCall.callNoReturn(recipient, amount, ""))
            revert PaymentFailed(recipient, amount);
    }

    /// @dev Take exactly `amount` from the caller.
    function _collect(address token, uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        uint256 expected = token == address(0) ? amount : 0;
        if (msg.value != expected) revert EtherMismatch(expected, msg.value);
        if (token == address(0)) return;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert ReceivedDiffers(token, amount, received);
    }

    /// @dev Pay out of escrow. A recipient that refuses gets a trading balance instead: nobody
    /// can block the other party's money by refusing their own.
    function _payOut(address to, address token, uint256 amount) private {
        if (amount == 0) return;
        _liabilities[token] -= amount;
        bool paid = token == address(0)
            ? LowLevelCall.callNoReturn(to, amount, "")
            : IERC20(token).trySafeTransfer(to, amount);
        if (paid) return;
        _liabilities[token] += amount;
        _balances[to][token] += amount;
        emit PayoutDeferred(to, token, amount);
    }

    function _debit(address account, address token, uint256 amount) private {
        uint256 available = _balances[account][token];
        if (available < amount) revert InsufficientBalance(account, token, available, amount);
        _balances[account][token] = available - amount;
    }

    /// @dev ECDSA (65 bytes, low s) for accounts without code, EIP-1271 for contracts.
    function _verify(address signer, bytes32 structHash, bytes calldata signature) private view {
        _verifyDigest(signer, _hashTypedDataV4(structHash), signature);
    }

    function _verifyDigest(address signer, bytes32 digest, bytes calldata signature) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature))
            revert InvalidSignature(signer);
    }

    function _consumeNonce(address account, uint256 nonce) private {
        if (_nonces[account].get(nonce) || _nonceOrder[account][nonce] != bytes32(0))
            revert NonceAlreadyUsed(account, nonce);
        _nonces[account].set(nonce);
        emit NonceConsumed(account, nonce);
    }

    /// @dev Everything about one order that its counterpart does not change.
    function _accept(
        Order calldata order,
        bytes calldata signature,
        address counterparty
    ) private returns (bytes32 hash) {
        hash = orderHash(order);
        if (order.sellAmount == 0 || order.buyAmount == 0) revert ZeroAmount();
        if (block.timestamp < order.validFrom) revert OrderNotYetValid(hash, order.validFrom);
        if (block.timestamp >= order.expiry) revert OrderExpired(hash, order.expiry);
        if (order.taker != address(0) && order.taker != counterparty)
            revert TakerNotAllowed(hash, counterparty);
        _verifyDigest(order.maker, hash, signature);

        bytes32 owner = _nonceOrder[order.maker][order.nonce];
        if (_nonces[order.maker].get(order.nonce) || (owner != bytes32(0) && owner != hash))
            revert NonceAlreadyUsed(order.maker, order.nonce);
        if (owner == bytes32(0)) _nonceOrder[order.maker][order.nonce] = hash;
    }

    function _fill(bytes32 hash, Order calldata order, address counterparty, uint256 amount) private {
        uint256 remaining = order.sellAmount - _filled[hash];
        if (amount > remaining) revert Overfilled(hash, remaining, amount);
        _filled[hash] += amount;
        _debit(order.maker, order.sellToken, amount);
        _balances[counterparty][order.sellToken] += amount;
    }

    function _announce(
        bytes32 hashA,
        bytes32 hashB,
        Order calldata a,
        Order calldata b,
        uint256 amountA,
        uint256 amountB
    ) private {
        emit Settled(
            hashA,
            hashB,
            a.maker,
            b.maker,
            a.sellToken,
            b.sellToken,
            amountA,
            amountB
        );
    }
}
