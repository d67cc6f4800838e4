/*
 * Asks servers by names that are hard to reach, in namespaces of its own for mounts and network, where it has a name
 * server of its own, a web server on IPv4, and IPv6 that leads nowhere. Prints what came of each as JSON.
 */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpClient } from "../../../src/http/http-client.ts";
import { defaultHttpSettings } from "../../../src/http/retry.ts";

/** What came of a request. */
export interface Outcome {
  readonly host: string;
  readonly text: string | undefined;
  readonly problem: string | undefined;
  /** What was told before further attempts. */
  readonly retries: readonly string[];
  readonly seconds: number;
}

/** Answers to questions for a name, in their order; the last one goes on. */
type Answers = readonly ("failure" | "silence" | "unknown" | "address")[];

const names: Readonly<Record<string, Answers>> = {
  // Two questions each: for IPv4 and IPv6.
  "moment.test": ["failure", "failure", "failure", "failure", "address"],
  "nowhere.test": ["unknown"],
  "dead.test": ["failure"],
};

/** Where a name ends in a question (RFC 1035, 4.1.2). */
function endOfName(message: Buffer): number {
  let end = 12;
  while ((message[end] ?? 0) !== 0) end += (message[end] ?? 0) + 1;
  return end + 1;
}

function nameIn(message: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; (message[at] ?? 0) !== 0; at += (message[at] ?? 0) + 1) {
    labels.push(message.toString("latin1", at + 1, at + 1 + (message[at] ?? 0)));
  }
  return labels.join(".");
}

const responseCodes = { failure: 2, unknown: 3, address: 0 } as const;

/** Answers a question of DNS as it is told; those for IPv6 have no addresses. */
function answerTo(message: Buffer, answer: keyof typeof responseCodes): Buffer {
  const end = endOfName(message);
  const hasAddress = answer === "address" && message.readUInt16BE(end) === 1;
  const head = Buffer.from([0, 0, 0x81, 0x80 | responseCodes[answer], 0, 1, 0, 0, 0, 0, 0, 0]);
  message.copy(head, 0, 0, 2);
  head.writeUInt16BE(hasAddress ? 1 : 0, 6);
  // A pointer to the name, type A, class IN, one second, four bytes.
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
  const question = message.subarray(12, end + 4);
  return Buffer.concat(hasAddress ? [head, question, record] : [head, question]);
}

async function startNameServer(): Promise<void> {
  const counts = new Map<string, number>();
  await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 53,
    socket: {
      data: (socket, message, port, address) => {
        const name = nameIn(message);
        const count = counts.get(name) ?? 0;
        counts.set(name, count + 1);
        const answers = names[name] ?? ["unknown"];
        const answer = answers[Math.min(count, answers.length - 1)] ?? "unknown";
        if (answer !== "silence") socket.send(answerTo(message, answer), port, address);
      },
    },
  });
}

function run(...argv: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(argv);
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr.toString()}`);
}

/** Replaces a file of the system, as this process sees it. */
async function replace(path: string, text: string, directory: string): Promise<void> {
  const file = join(directory, path.replaceAll("/", "-"));
  await writeFile(file, text);
  run("mount", "--bind", file, path);
}

const dropped = ["2001:db8::1", "2001:db8::2", "2001:db8::3"];

async function prepare(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "resolving-"));
  run("mount", "-t", "tmpfs", "tmpfs", directory);
  const resolver = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
  await replace("/etc/resolv.conf", resolver, directory);
  const hosts = [
    "127.0.0.1 localhost plain.test unrouted.test dropped.test",
    "2001:db8:1::1 unrouted.test",
    ...dropped.map((address) => `${address} dropped.test`),
  ];
  await replace("/etc/hosts", `${hosts.join("\n")}\n`, directory);
  run("ip", "link", "set", "lo", "up");
  run("ip", "link", "add", "hole", "type", "veth", "peer", "name", "hole-end");
  run("ip", "link", "set", "hole", "up");
  run("ip", "link", "set", "hole-end", "up");
  // Without addresses of both kinds, one of them is not even looked up (AI_ADDRCONFIG).
  run("ip", "address", "add", "192.0.2.99/24", "dev", "hole");
  run("ip", "address", "add", "2001:db8::99/64", "dev", "hole", "nodad");
  for (const address of dropped) {
    const station = ["lladdr", "02:00:00:00:00:01", "dev", "hole", "nud", "permanent"];
    run("ip", "neighbour", "add", address, ...station);
  }
  await startNameServer();
}

async function ask(host: string, port: number): Promise<Outcome> {
  const client = new HttpClient({ ...defaultHttpSettings, attempts: 5, retryDelay: 0.01 });
  const { signal } = new AbortController();
  const retries: string[] = [];
  const started = performance.now();
  const onRetry = ({ message }: Error) => {
    retries.push(message);
  };
  const result = await client.getText(`http://${host}:${port}/`, 100, { signal, onRetry }).then(
    (text) => ({ text, problem: undefined }),
    (error: unknown) => ({ text: undefined, problem: String(error) }),
  );
  return { host, ...result, retries, seconds: (performance.now() - started) / 1000 };
}

await prepare();
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("here") });
const hosts = ["plain.test", "unrouted.test", "dropped.test", ...Object.keys(names)];
const outcomes: Outcome[] = [];
for (const host of hosts) outcomes.push(await ask(host, server.port ?? 0));
console.log(JSON.stringify(outcomes));
process.exit(0);
