// Reproducible choices: the same seed gives the same vectors on every machine.
import { createHash } from "node:crypto";

export class Draws {
  #seed;
  #count = 0;

  constructor(seed) {
    this.#seed = seed;
  }

  bytes(length) {
    let found = Buffer.alloc(0);
    while (found.length < length) {
      const block = createHash("sha256").update(`${this.#seed}/${this.#count++}`).digest();
      found = Buffer.concat([found, block]);
    }
    return "0x" + found.subarray(0, length).toString("hex");
  }

  below(limit) {
    return Number(BigInt(this.bytes(8)) % BigInt(limit));
  }

  one(choices) {
    return choices[this.below(choices.length)];
  }

  chance(outOf) {
    return this.below(outOf) === 0;
  }
}
