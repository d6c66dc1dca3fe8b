// What the vectors are about: one group per part of the standard, each case with its reason as name.
import { readFileSync } from "node:fs";

import { Draws } from "./draws.mjs";
import { bounds, draw, texts } from "./values.mjs";

const ADDRESSES = {
  zero: "0x0000000000000000000000000000000000000000",
  highest: "0xffffffffffffffffffffffffffffffffffffffff",
  "lower case": "0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826",
  "with its checksum": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
};
const DOMAIN = { name: "Vectors", version: "1", chainId: 31337, verifyingContract: ADDRESSES.highest };
const INTEGERS = Array.from({ length: 32 }, (_, index) => 8 * (index + 1));
const LENGTHS = Array.from({ length: 32 }, (_, index) => index + 1);
const ATOMIC = [
  "bool",
  "address",
  "string",
  "bytes",
  ...INTEGERS.flatMap((bits) => [`uint${bits}`, `int${bits}`]),
  ...LENGTHS.map((length) => `bytes${length}`),
];

export function cases() {
  const found = [
    ...atomic(),
    ...domains(),
    ...strings(),
    ...arrays(),
    ...structs(),
    ...read("known.json"),
    ...published(),
    ...random(110),
  ];
  const names = new Set(found.map((one) => one.name));
  if (names.size !== found.length) throw new Error("two cases have one name");
  return found;
}

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

// `fields` as {name: type}, in order.
const struct = (fields) => Object.entries(fields).map(([name, type]) => ({ name, type }));
const single = (name, type, values, domain = DOMAIN) => ({
  name,
  domain,
  primaryType: "Value",
  types: { Value: struct(Object.fromEntries(values.map((_, index) => [`v${index}`, type]))) },
  data: Object.fromEntries(values.map((value, index) => [`v${index}`, value])),
});

function atomic() {
  return [
    single("atomic: bool", "bool", [true, false]),
    single("atomic: address", "address", Object.values(ADDRESSES)),
    single("atomic: bytes", "bytes", ["0x", "0x00", "0x" + "ff".repeat(31), "0x" + "01".repeat(137)]),
    ...INTEGERS.map((bits) => single(`atomic: uint${bits} bounds`, `uint${bits}`, bounds.uint(bits))),
    ...INTEGERS.map((bits) => single(`atomic: int${bits} bounds`, `int${bits}`, bounds.int(bits))),
    ...LENGTHS.map((size) => single(`atomic: bytes${size} bounds`, `bytes${size}`, bounds.bytes(size))),
  ];
}

function domains() {
  const whole = { ...DOMAIN, verifyingContract: ADDRESSES["with its checksum"], salt: "0x" + "5a".repeat(32) };
  const subsets = Array.from({ length: 32 }, (_, mask) => {
    const fields = Object.entries(whole).filter((_, index) => mask & (1 << index));
    const names = fields.map(([name]) => name).join(" ") || "empty";
    return single(`domain: ${names}`, "uint256", ["1"], Object.fromEntries(fields));
  });
  const values = {
    "empty name": { name: "" },
    "empty version": { name: "a", version: "" },
    "unicode name": { name: texts["joined emoji"], version: texts["right to left"] },
    "chain 0": { chainId: 0 },
    "chain 2^53": { chainId: "9007199254740992" },
    "highest chain": { chainId: String((1n << 256n) - 1n) },
    "zero contract": { verifyingContract: ADDRESSES.zero },
    "zero salt": { salt: "0x" + "00".repeat(32) },
  };
  return [
    ...subsets,
    ...Object.entries(values).map(([name, domain]) => single(`domain value: ${name}`, "bool", [true], domain)),
  ];
}

function strings() {
  return Object.entries(texts).map(([name, text]) => single(`string: ${name}`, "string", [text]));
}

function arrays() {
  const draws = new Draws("arrays");
  const shapes = {
    "[] empty": ["[]", () => []],
    "[] of one": ["[]", (value) => [value()]],
    "[] of three": ["[]", (value) => [value(), value(), value()]],
    "[2]": ["[2]", (value) => [value(), value()]],
    "[][] ragged": ["[][]", (value) => [[], [value()], [value(), value()]]],
    "[2][]": ["[2][]", (value) => [[value(), value()]]],
    "[][2]": ["[][2]", (value) => [[], [value(), value(), value()]]],
    "[3][2][1]": ["[3][2][1]", (value) => [[0, 1].map(() => [value(), value(), value()])]],
  };
  const types = ["uint8", "int256", "bool", "address", "bytes1", "bytes32", "bytes", "string"];
  return types.flatMap((type) =>
    Object.entries(shapes).map(([name, [shape, value]]) =>
      single(`array: ${type}${name}`, type + shape, [value(() => draw(type, draws))]),
    ),
  );
}

function structs() {
  const point = struct({ x: "int32", y: "int32" });
  const at = (x, y) => ({ x: String(x), y: String(y) });
  const one = (name, types, data) => ({ name: `struct: ${name}`, domain: DOMAIN, primaryType: Object.keys(types)[0], types, data });
  const depth = 12;
  const chain = Object.fromEntries(
    Array.from({ length: depth }, (_, index) => [
      `Level${index}`,
      struct(index + 1 < depth ? { next: `Level${index + 1}` } : { end: "uint8" }),
    ]),
  );
  const links = Array.from({ length: depth - 1 }).reduce((inner) => ({ next: inner }), { end: "7" });
  return [
    one("nested", { Line: struct({ from: "Point", to: "Point" }), Point: point }, { from: at(0, 0), to: at(-1, 1) }),
    one("list of structs", { Path: struct({ points: "Point[]" }), Point: point }, { points: [at(1, 2), at(3, 4)] }),
    one("empty list of structs", { Path: struct({ points: "Point[]" }), Point: point }, { points: [] }),
    one("fixed list of structs", { Pair: struct({ points: "Point[2]" }), Point: point }, { points: [at(1, 2), at(3, 4)] }),
    one(
      "lists of lists of structs",
      { Paths: struct({ paths: "Point[][]" }), Point: point },
      { paths: [[], [at(1, 2)], [at(3, 4), at(5, 6)]] },
    ),
    one(
      "reached by two ways",
      { Top: struct({ left: "Left", right: "Right" }), Right: struct({ point: "Point" }), Left: struct({ point: "Point" }), Point: point },
      { left: { point: at(1, 1) }, right: { point: at(2, 2) } },
    ),
    one(
      "types sorted by code point",
      {
        M: struct({ a: "a", b: "_b", c: "Z10", d: "Z9", e: "Z" }),
        a: struct({ v: "bool" }),
        _b: struct({ v: "bool" }),
        Z10: struct({ v: "bool" }),
        Z9: struct({ v: "bool" }),
        Z: struct({ v: "bool" }),
      },
      { a: { v: true }, b: { v: false }, c: { v: true }, d: { v: false }, e: { v: true } },
    ),
    one("one name begins another", { Order: struct({ items: "OrderItem[]", o: "Ord" }), OrderItem: struct({ id: "uint8" }), Ord: struct({ id: "uint8" }) }, { items: [{ id: "1" }], o: { id: "2" } }),
    one("fields named like types", { Value: struct({ uint256: "uint8", string: "string", address: "bool" }) }, { uint256: "1", string: "s", address: true }),
    one("names of an object's own", { Value: struct({ constructor: "uint8", toString: "uint8", length: "uint8" }) }, { constructor: "1", toString: "2", length: "3" }),
    one("no fields", { Empty: [] }, {}),
    one("deep", chain, links),
  ];
}

// The structs that this project's own target signs.
function published() {
  const document = read("../meta_aggregator.json");
  const domain = { ...document.domain, chainId: 31337, verifyingContract: ADDRESSES["with its checksum"] };
  return Object.entries(document.types)
    .filter(([name]) => name !== "EIP712Domain")
    .flatMap(([name, fields]) =>
      [1, 2, 3].map((index) => {
        const draws = new Draws(`${name} ${index}`);
        const data = Object.fromEntries(fields.map((field) => [field.name, draw(field.type, draws)]));
        return { name: `Meta Aggregator: ${name} ${index}`, domain, primaryType: name, types: { [name]: fields }, data };
      }),
    );
}

function random(count) {
  return Array.from({ length: count }, (_, index) => {
    const draws = new Draws(`random ${index}`);
    const types = {};
    const data = drawStruct(`S${index}`, 3, draws, types);
    const domain = {};
    if (draws.chance(2)) domain.name = draw("string", draws);
    if (draws.chance(2)) domain.version = String(draws.below(100));
    if (draws.chance(2)) domain.chainId = draws.below(1e9);
    if (draws.chance(2)) domain.verifyingContract = draw("address", draws);
    if (draws.chance(2)) domain.salt = draw("bytes32", draws);
    return { name: `random: ${index}`, domain, primaryType: `S${index}`, types, data };
  });
}

// Defines a struct, and those below it, in `types`; returns a value of it.
function drawStruct(name, levels, draws, types) {
  const fields = [];
  const data = {};
  types[name] = fields;
  const count = 1 + draws.below(5);
  for (let index = 0; index < count; index++) {
    const field = `f${index}`;
    const inner = levels > 0 && draws.chance(4) ? `${name}${"abcde"[index]}` : null;
    const base = inner ?? draws.one(ATOMIC);
    const sizes = [];
    while (sizes.length < 3 && draws.chance(3)) sizes.push(draws.chance(2) ? 1 + draws.below(3) : null);
    let known = null;
    const leaf = () => {
      if (!inner) return draw(base, draws);
      known ??= drawStruct(inner, levels - 1, draws, types);
      return known;
    };
    if (inner) leaf();
    const fill = (left) => {
      if (left.length === 0) return leaf();
      const length = left.at(-1) ?? draws.below(4);
      return Array.from({ length }, () => fill(left.slice(0, -1)));
    };
    data[field] = fill(sizes);
    fields.push({ name: field, type: base + sizes.map((size) => `[${size ?? ""}]`).join("") });
  }
  return data;
}
