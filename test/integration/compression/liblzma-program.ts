import { parentPort } from "node:worker_threads";
import { decompress } from "../../../src/compression/decompress.ts";
import { liblzma } from "../../../src/compression/liblzma.ts";

/* Compiled by liblzma.test.ts: decompresses xz from standard input, in a worker, and says with what and to what. */

if (Bun.isMainThread) {
  const worker = new Worker(import.meta.url);
  worker.addEventListener("message", ({ data }) => {
    console.log(data);
    worker.terminate();
  });
  worker.addEventListener("error", ({ message }) => {
    console.error(message);
    process.exit(1);
  });
} else {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const piece of decompress("xz", Bun.stdin.stream())) hash.update(piece);
  parentPort?.postMessage(`${liblzma().kind} ${hash.digest("hex")}`, []);
}
