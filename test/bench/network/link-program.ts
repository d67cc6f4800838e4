/*
 * The process of a line: makes its interface, prints the address of the far end, carries packets until standard input is
 * closed, and prints what went through.
 *
 *   bun link-program.ts '{"port": 8080, "delay": 0.025, "bandwidth": 1e9}'
 */
import { writeFileSync, writeSync } from "node:fs";
import { exec } from "../../../src/run/command.ts";
import { type LinkOptions, runLink } from "./link.ts";
import { openTun, runFirst } from "./tun.ts";

/** 198.18.0.0/15 is set aside for benchmarks of networks (RFC 2544, appendix C.2.2). */
const network = 0xc6_12_00_00;

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

const options = JSON.parse(process.argv[2] ?? "") as LinkOptions;
const tun = openTun("bench");
const subnet = network + Number(tun.name.replace("bench", "")) * 4;
const ends = { client: subnet + 1, far: subnet + 2, port: options.port };
const [client, far] = [dotted(ends.client), dotted(ends.far)];

// Packets from the far end are for 127.0.0.1, which only an interface that is told so lets in.
writeFileSync(`/proc/sys/net/ipv4/conf/${tun.name}/route_localnet`, "1");
await exec(["ip", "address", "add", `${client}/32`, "dev", tun.name]);
await exec(["ip", "link", "set", tun.name, "up", "mtu", "1500", "txqueuelen", "10000"]);
// Debian's default, whatever this machine's is.
await exec(["ip", "route", "add", far, "dev", tun.name, "src", client, "congctl", "cubic"]);
// Round trips and windows of an earlier line at this address.
await exec(["ip", "tcp_metrics", "flush", far], { allowedExitCodes: [0, 1, 2] });
runFirst();
writeSync(1, far);
const traffic = runLink(tun, ends, options);
writeSync(1, JSON.stringify(traffic));
// The interface goes with the process; nothing of the event loop is to be waited for.
process.exit(0);
