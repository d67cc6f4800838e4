import { expect, test } from "bun:test";
import { parseResolvers, parseRoutes, parseRoutes6 } from "../../../src/facts/network.ts";

test("routes of /proc/net/route are told as ip(8) writes them", () => {
  const text = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0202000A	0003	0	0	100	00000000	0	0	0
eth0	0002000A	00000000	0001	0	0	100	00FFFFFF	0	0	0
wlan0	0000A8C0	00000000	0000	0	0	600	0000FFFF	0	0	0
`;
  expect(parseRoutes(text)).toEqual([
    { destination: "default", gateway: "10.0.2.2", interface: "eth0" },
    { destination: "10.0.2.0/24", interface: "eth0" },
  ]);
});

test("routes of /proc/net/ipv6_route are told without those that the kernel makes itself", () => {
  const zero = "0".repeat(32);
  const line = (to: string, length: string, via: string, flags: string, name: string) =>
    `${to} ${length} ${zero} 00 ${via} 00000100 00000001 00000000 ${flags} ${name}\n`;
  const text = [
    line("20010db8000000000000000000000000", "20", zero, "00000001", "eth0"),
    line("fe800000000000000000000000000000", "40", zero, "00000001", "eth0"),
    line(zero, "00", "fe800000000000000000000000000001", "00000003", "eth0"),
    line("00000000000000000000000000000001", "80", zero, "80200001", "lo"),
    line("20010db8000000000000000000000002", "80", zero, "80200001", "eth0"),
    line("ff000000000000000000000000000000", "08", zero, "00000001", "eth0"),
    line(zero, "00", zero, "00200200", "lo"),
  ].join("");
  expect(parseRoutes6(text)).toEqual([
    { destination: "2001:db8::/32", interface: "eth0" },
    { destination: "default", gateway: "fe80::1", interface: "eth0" },
  ]);
});

test("resolvers are those of resolv.conf(5), comments aside", () => {
  const text =
    "# nameserver 1.1.1.1\nsearch example.org\nnameserver 10.0.2.3\nnameserver\tfd00::3\n";
  expect(parseResolvers(text)).toEqual(["10.0.2.3", "fd00::3"]);
});
