// Prints how much of refusals.json ethers and viem let pass, by reason.
// usage: npm ci && node lenient.mjs
import { readFileSync } from "node:fs";

import { TypedDataEncoder } from "ethers";
import { hashTypedData } from "viem";

const table = JSON.parse(readFileSync(new URL("../refusals.json", import.meta.url), "utf8"));
const PART = [["uint8", "part"]];

const expand = (types) =>
  Object.fromEntries(
    Object.entries(types).map(([name, fields]) => [name, fields.map(([type, field]) => ({ type, name: field }))]),
  );

function document(kind, row) {
  const parts = row.type?.startsWith("Part") ? { Part: PART } : {};
  if (kind === "values") return { types: { Value: [[row.type, "v"]], ...parts }, domain: {}, message: { v: row.value } };
  if (kind === "definitions") return { types: row.types, domain: {}, message: sample(row.types) };
  const declared = row.declared ? { EIP712Domain: row.declared } : {};
  return { types: { Value: [["uint8", "v"]], ...declared }, domain: row.domain, message: { v: 1 } };
}

// A message that would fit the definition if it meant what it seems to say.
function sample(types, name = "Value", depth = 4) {
  const entries = (types[name] ?? []).map(([type, field]) => {
    const base = type.replace(/\[.*$/, "");
    const inner = types[base] && !/^u?int|^bytes|^string|^bool|^address/.test(base);
    const value = inner ? (depth ? sample(types, base, depth - 1) : {}) : /^u?int/.test(base) ? 1 : /^bytes/.test(base) ? "0x00" : "";
    return [field, type.includes("[") ? [value] : value];
  });
  return Object.fromEntries(entries);
}

const LIBRARIES = {
  ethers: ({ types: { EIP712Domain: _, ...types }, domain, message, primary }) => {
    const encoder = TypedDataEncoder.from(types);
    TypedDataEncoder.hashDomain(domain);
    return encoder.encodeData(primary ?? encoder.primaryType, message);
  },
  viem: ({ types, domain, message, primary }) => hashTypedData({ types, domain, message, primaryType: primary ?? "Value" }),
};

const counts = {};
for (const [kind, rows] of Object.entries(table)) {
  for (const row of rows) {
    const count = (counts[row.reason] ??= { rows: 0, ethers: 0, viem: 0 });
    count.rows += 1;
    const found = document(kind, row);
    for (const [name, encode] of Object.entries(LIBRARIES)) {
      try {
        encode({ ...found, types: expand(found.types), primary: row.primary });
        count[name] += 1;
      } catch {
        // refused
      }
    }
  }
}
console.table(counts);
