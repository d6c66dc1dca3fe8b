// Writes vectors.json beside this folder; each value is what ethers and viem both computed.
// usage: npm ci && node generate.mjs
import { readFileSync, writeFileSync } from "node:fs";

import { TypedDataEncoder, Wallet, keccak256 as hash, toUtf8Bytes, version } from "ethers";
import { hashDomain, hashStruct, hashTypedData, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { cases } from "./cases.mjs";

const KEY = hash(toUtf8Bytes("the throw-away key of the typed-data vectors"));
const DOMAIN_TYPES = { name: "string", version: "string", chainId: "uint256", verifyingContract: "address", salt: "bytes32" };

const ethersWallet = new Wallet(KEY);
const viemAccount = privateKeyToAccount(KEY);

function agreed(what, name, one, other) {
  if (one !== other) throw new Error(`${name}: ethers and viem differ in the ${what}: ${one} ${other}`);
  return one;
}

// viem takes big integers only where a text could be meant; the types say where.
function forViem(type, value, types) {
  const array = /^(.*)\[\d*\]$/.exec(type);
  if (array) return value.map((one) => forViem(array[1], one, types));
  if (types[type]) {
    return Object.fromEntries(types[type].map((field) => [field.name, forViem(field.type, value[field.name], types)]));
  }
  return /^u?int\d+$/.test(type) ? BigInt(value) : value;
}

async function vector({ name, domain, primaryType, types, data }) {
  const EIP712Domain = Object.keys(DOMAIN_TYPES)
    .filter((field) => field in domain)
    .map((field) => ({ name: field, type: DOMAIN_TYPES[field] }));
  const viemTypes = { EIP712Domain, ...types };
  const viemDomain = forViem("EIP712Domain", domain, viemTypes);
  const message = forViem(primaryType, data, viemTypes);
  const typed = { domain: viemDomain, types: viemTypes, primaryType, message };

  const encoder = TypedDataEncoder.from(types);
  const encoded = encoder.encodeData(primaryType, data);
  agreed("struct hash", name, hash(encoded), hashStruct({ data: message, primaryType, types: viemTypes }));
  const separator = agreed(
    "domain separator",
    name,
    TypedDataEncoder.hashDomain(domain),
    hashDomain({ domain: viemDomain, types: viemTypes }),
  );
  const digest = agreed("digest", name, TypedDataEncoder.hash(domain, types, data), hashTypedData(typed));
  const signature = agreed(
    "signature",
    name,
    await ethersWallet.signTypedData(domain, types, data),
    await viemAccount.signTypedData(typed),
  );
  agreed("signer", name, ethersWallet.address, await recoverTypedDataAddress({ ...typed, signature }));
  return { name, domain, primaryType, types, data, encodedType: encoder.encodeType(primaryType), encoded, separator, digest, signature };
}

const viemVersion = JSON.parse(readFileSync(new URL("node_modules/viem/package.json", import.meta.url))).version;
const found = [];
for (const one of cases()) found.push(await vector(one));
const head = { ethers: version, viem: viemVersion, privateKey: KEY, address: ethersWallet.address };
const lines = found.map((one) => JSON.stringify(one)).join(",\n");
const target = process.argv[2] ?? new URL("../vectors.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(head).slice(0, -1)},"cases":[\n${lines}\n]}\n`);
console.log(`${found.length} vectors`);
