// Values of atomic types: integers are canonical decimal texts, bytes are hexadecimal.
import { getAddress } from "ethers";

const two = (bits) => 1n << BigInt(bits);

export const bounds = {
  uint: (bits) => ["0", "1", two(bits) / 2n, two(bits) - 1n].map(String),
  int: (bits) => [-two(bits - 1), -1n, 0n, 1n, two(bits - 1) - 1n].map(String),
  bytes: (length) => ["00", "01", "80", "ff"].map((byte) => "0x" + byte.repeat(length)),
};

export const texts = {
  empty: "",
  blank: " ",
  "only zero": "\u0000",
  "zero within": "a\u0000b",
  newline: "a\r\nb\tc",
  quotes: "\"'\\`",
  "looks like hex": "0x00ff",
  "looks like a number": "0123",
  "composed accent": "caf\u00e9",
  "combining accent": "cafe\u0301",
  "byte order mark": "\ufeffa",
  "right to left": "\u202eabc\u05d0\u05d1",
  "outside the basic plane": "\u{1d11e}\u{10ffff}",
  "joined emoji": "\u{1f469}\u200d\u{1f680}\u{1f1eb}\u{1f1f7}",
  "private use": "\ue000\uf8ff",
  "last before the surrogates": "\ud7ff",
  noncharacter: "\ufffe\uffff",
  "one block": "x".repeat(136),
  long: "\u00e9".repeat(700),
};

export function draw(type, draws) {
  const [, kind, size] = /^([a-z]+)(\d*)$/.exec(type);
  if (type === "bool") return draws.chance(2);
  if (type === "address") {
    const written = draws.bytes(20);
    return draws.chance(2) ? getAddress(written) : written;
  }
  if (type === "string") {
    return draws.chance(2) ? draws.one(Object.values(texts)) : "text " + draws.below(1e9);
  }
  if (type === "bytes") return draws.bytes(draws.below(70));
  const found = bounds[kind](Number(size));
  if (draws.chance(3)) return draws.one(found);
  if (kind === "bytes") return draws.bytes(Number(size));
  const bytes = BigInt(draws.bytes(draws.below(Number(size) / 8) + 1));
  return String(kind === "uint" ? bytes : BigInt.asIntN(Number(size), bytes));
}
