import type { Report, Row } from "../../bench/results.ts";

function row(contender: string, label: string, seconds: number): Row {
  return {
    contender,
    label,
    runs: 5,
    seconds,
    leastSeconds: seconds - 0.1,
    mostSeconds: seconds + 0.2,
    cpu: seconds * 1.5,
    peakMemory: 148e6,
    requests: 2001,
    bytes: 554e6,
  };
}

/** A report of three scenes with made-up figures. */
export const report: Report = {
  date: "2026-11-22T23:15:42.000Z",
  command: "npm run bench -- --write-docs",
  machine: "2 × Processor, 25 GB, Linux 6.18",
  scenes: [
    {
      scene: "zstd",
      title: "zstd cache, loopback",
      conditions: "1000 store paths, to ext4",
      rows: [
        row("installer", "installer pull", 3.4),
        row("archive", "curl | zstd | tar", 4.25),
        row("nix-sid", "nix copy, Nix 2.34.8 (sid)", 5.1),
      ],
      goals: [
        { title: "against newest Nix", value: 0.667, limit: 0.7, unit: "ratio" },
        { title: "peak memory", value: 161e6, limit: 160e6, unit: "bytes" },
      ],
    },
    {
      scene: "growth",
      title: "1,000 and 10,000 paths",
      conditions: "70 kB of NAR a path, to ext4",
      rows: [
        row("installer", "installer pull, 1000 paths", 1),
        row("nix-sid", "nix copy, Nix 2.34.8 (sid), 1000 paths", 2),
        row("installer", "installer pull, 10000 paths", 10),
        row("nix-sid", "nix copy, Nix 2.34.8 (sid), 10000 paths", 30),
      ],
      goals: [],
    },
    {
      scene: "latency",
      title: "latencies",
      conditions: "1000 store paths, to ext4",
      rows: [20, 150].flatMap((milliseconds) => [
        row("installer", `installer pull, ${milliseconds} ms, 1000 Mbit/s`, 1 + milliseconds / 100),
        row("nix-sid", `nix copy, ${milliseconds} ms, 1000 Mbit/s`, 2 + milliseconds / 10),
      ]),
      goals: [],
    },
  ],
};
