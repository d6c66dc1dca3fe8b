// Recovers the signers of orders as ethers and viem do it. Reads {domain, types, orders} from the
// file named first; writes {name: [microseconds per order of each round]} as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [file, packages, rounds] = process.argv.slice(2);
const load = createRequire(`${packages}/package.json`);
const { domain, types, orders } = JSON.parse(readFileSync(file, "utf8"));
const { verifyTypedData } = load("ethers");
const { recoverTypedDataAddress } = load("viem");

const peers = {
  ethers: ({ message, signature }) => verifyTypedData(domain, types, message, signature),
  viem: ({ message, signature }) =>
    recoverTypedDataAddress({ domain, types, primaryType: "Order", message, signature }),
};

const times = {};
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [name, recover] of Object.entries(peers)) {
    const began = process.cpuUsage();
    for (const order of orders) {
      const signer = await recover(order);
      if (signer.toLowerCase() !== order.message.maker) throw new Error(`${name}: ${signer}`);
    }
    const { user, system } = process.cpuUsage(began);
    (times[name] ??= []).push((user + system) / orders.length);
  }
}
console.log(JSON.stringify(times));
