import { describe, expect, test } from "bun:test";
import { NarError, NarParser } from "../../../src/nix/nar.ts";
import type { NarSink } from "../../../src/nix/nar-sink.ts";
import { NarWriter } from "../../../src/nix/nar-writer.ts";
import {
  evilNars,
  nar,
  narDirectory,
  narEntry,
  narFile,
  narString,
  narSymlink,
} from "../../support/nar.ts";

/** Writes down what it is told, one line per event; pieces of a file's contents are joined. */
class EventLog implements NarSink {
  readonly events: string[] = [];
  #contents = "";

  startDirectory(name: Buffer): void {
    this.events.push(`directory ${name.toString("latin1")}`);
  }
  endDirectory(): void {
    this.events.push("end");
  }
  startFile(name: Buffer, size: number, executable: boolean): void {
    this.#contents = "";
    this.events.push(`${executable ? "program" : "file"} ${name.toString("latin1")} ${size}`);
  }
  fileData(chunk: Uint8Array): void {
    expect(chunk.length).toBeGreaterThan(0);
    this.#contents += Buffer.from(chunk).toString("latin1");
  }
  endFile(): void {
    this.events.push(`= ${this.#contents}`);
  }
  symlink(name: Buffer, target: Buffer): void {
    this.events.push(`symlink ${name.toString("latin1")} -> ${target.toString("latin1")}`);
  }
}

function parse(...chunks: readonly Uint8Array[]): string[] {
  const log = new EventLog();
  const parser = new NarParser(log);
  for (const chunk of chunks) parser.write(chunk);
  parser.end();
  return log.events;
}

function refusal(...chunks: readonly Uint8Array[]): NarError {
  try {
    parse(...chunks);
  } catch (error) {
    if (error instanceof NarError) return error;
    throw error;
  }
  throw new Error("the NAR was taken");
}

const everything = nar(
  narDirectory(
    narEntry("bin", narDirectory(narEntry("run", narFile("#!/bin/sh\n", true)))),
    narEntry("empty", narDirectory()),
    narEntry("link", narSymlink("bin/run")),
    narEntry("nothing", narFile("")),
    narEntry("text", narFile("12345678")),
    narEntry(Buffer.from([0xc3, 0x28, 0xff]), narFile("ÿ")),
  ),
);

const everyEvent = [
  "directory ",
  "directory bin",
  "program run 10",
  "= #!/bin/sh\n",
  "end",
  "directory empty",
  "end",
  "symlink link -> bin/run",
  "file nothing 0",
  "= ",
  "file text 8",
  "= 12345678",
  "file \u00c3(\u00ff 2",
  "= \u00c3\u00bf",
  "end",
];

describe("NarParser", () => {
  test("tells everything that is in a NAR, names as bytes", () => {
    expect(parse(everything)).toEqual(everyEvent);
  });

  test("takes a file, a symbolic link and an empty directory as the root", () => {
    expect(parse(nar(narFile("hello", true)))).toEqual(["program  5", "= hello"]);
    expect(parse(nar(narSymlink("/nix/store")))).toEqual(["symlink  -> /nix/store"]);
    expect(parse(nar(narDirectory()))).toEqual(["directory ", "end"]);
  });

  test("gives the same wherever the NAR is cut in two", () => {
    for (let at = 0; at <= everything.length; at++) {
      expect(parse(everything.subarray(0, at), everything.subarray(at))).toEqual(everyEvent);
    }
  });

  test("gives the same in pieces of any size", () => {
    for (const size of [1, 2, 3, 7, 8, 9, 15, 16, 17, 64]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < everything.length; at += size) {
        pieces.push(everything.subarray(at, at + size));
      }
      expect(parse(...pieces)).toEqual(everyEvent);
    }
  });

  test("keeps nothing of a chunk that its owner uses again", () => {
    const names: Buffer[] = [];
    const log = new EventLog();
    log.startDirectory = (name) => void names.push(name);
    log.symlink = (name, target) => void names.push(name, target);
    const parser = new NarParser(log);
    const chunk = Buffer.alloc(40);
    const bytes = nar(
      narDirectory(narEntry("first", narSymlink("to")), narEntry("last", narSymlink("x"))),
    );
    for (let at = 0; at < bytes.length; at += chunk.length) {
      const length = bytes.copy(chunk, 0, at);
      parser.write(chunk.subarray(0, length));
      chunk.fill(0xaa);
    }
    parser.end();
    expect(names.map(String)).toEqual(["", "first", "to", "last", "x"]);
  });

  test("sorts names by unsigned bytes, and shorter ones first", () => {
    const names = [
      "A",
      "a",
      "a-",
      "a.",
      "aa",
      "b",
      "\u007f",
      Buffer.from([0x80]),
      Buffer.from([0xff]),
    ];
    const entries = names.map((name) => narEntry(name, narDirectory()));
    expect(parse(nar(narDirectory(...entries)))).toHaveLength(2 * names.length + 2);
  });

  test("takes the longest names and targets, and the deepest tree that Linux has paths for", () => {
    const name = "n".repeat(255);
    const target = "t".repeat(4095);
    expect(parse(nar(narDirectory(narEntry(name, narSymlink(target)))))).toContain(
      `symlink ${name} -> ${target}`,
    );
    let tree = narDirectory();
    for (let depth = 1; depth < 2048; depth++) tree = narDirectory(narEntry("d", tree));
    expect(parse(nar(tree))).toHaveLength(4096);
  });

  for (const { name, bytes, complaint } of evilNars("/outside")) {
    test(`refuses ${name}`, () => {
      const { offset, exitCode, message } = refusal(bytes);
      expect(message).toMatch(complaint);
      expect(exitCode).toBe(7);
      expect(offset).toBeLessThanOrEqual(bytes.length);
      for (const size of [1, 13]) {
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        expect(refusal(...pieces).message).toBe(message);
      }
    });
  }

  test("refuses a NAR that is cut off, wherever that is", () => {
    for (let length = 0; length < everything.length; length++) {
      const error = refusal(everything.subarray(0, length));
      expect(error.message).toBe(`NAR is malformed at byte ${length}: it ends too early`);
    }
  });

  test("notices every byte that is not what the format asks for", () => {
    for (const at of everything.keys()) {
      const spoilt = Buffer.from(everything);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x80;
      let events: string[];
      try {
        events = parse(spoilt);
      } catch (error) {
        expect(error).toBeInstanceOf(NarError);
        continue;
      }
      // What is left are bytes of names, targets and contents, where any byte may be.
      expect(events).not.toEqual(everyEvent);
    }
  });

  test("says where and what is wrong", () => {
    expect(
      refusal(nar(narDirectory(narEntry("b", narFile("")), narEntry("a", narFile(""))))),
    ).toHaveProperty("message", 'NAR is malformed at byte 312: the name "a" comes after "b"');
    expect(refusal(Buffer.concat([narString("nix-archive-1"), narString("[")]))).toHaveProperty(
      "message",
      'NAR is malformed at byte 24: "[" instead of "("',
    );
  });

  test("cannot be gone on with after an error, and is not complete then", () => {
    const parser = new NarParser(new EventLog());
    const whole = nar(narFile("a"));
    expect(() => parser.write(Buffer.concat([whole, Buffer.alloc(8)]))).toThrow("after its end");
    expect(() => parser.write(whole)).toThrow("after an error");
    expect(() => parser.end()).toThrow("after an error");
  });

  test("stops where its sink throws", () => {
    const log = new EventLog();
    log.symlink = () => {
      throw new Error("no space left on device");
    };
    const parser = new NarParser(log);
    expect(() => parser.write(everything)).toThrow("no space left on device");
    expect(() => parser.end()).toThrow("after an error");
    expect(log.events).not.toContain("file nothing 0");
  });
});

function written(tell: (writer: NarWriter) => void): Buffer {
  const chunks: Buffer[] = [];
  const writer = new NarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  tell(writer);
  const length = writer.end();
  const bytes = Buffer.concat(chunks);
  expect(length).toBe(bytes.length);
  return bytes;
}

describe("NarWriter", () => {
  test("makes the NAR again that a parser took apart", () => {
    const again = written((writer) => new NarParser(writer).write(everything));
    expect(again.equals(everything)).toBe(true);
  });

  test("passes files through that are longer than its buffer", () => {
    const contents = Buffer.alloc(1_000_003, "landfall");
    const bytes = written((writer) => {
      writer.startFile(Buffer.alloc(0), contents.length, false);
      writer.fileData(contents.subarray(0, 10));
      writer.fileData(contents.subarray(10, 900_000));
      writer.fileData(contents.subarray(900_000));
      writer.endFile();
    });
    expect(bytes.equals(nar(narFile(contents)))).toBe(true);
  });

  const root = Buffer.alloc(0);
  const misuses: Record<string, (writer: NarWriter) => void> = {
    "nothing at all": () => undefined,
    "an open directory": (writer) => writer.startDirectory(root),
    "two roots": (writer) => {
      writer.symlink(root, Buffer.from("a"));
      writer.symlink(root, Buffer.from("b"));
    },
    "a root with a name": (writer) => writer.startDirectory(Buffer.from("a")),
    "the name ..": (writer) => {
      writer.startDirectory(root);
      writer.startDirectory(Buffer.from(".."));
    },
    "names out of order": (writer) => {
      writer.startDirectory(root);
      writer.symlink(Buffer.from("b"), Buffer.from("x"));
      writer.symlink(Buffer.from("a"), Buffer.from("x"));
    },
    "less data than announced": (writer) => {
      writer.startFile(root, 2, false);
      writer.fileData(Buffer.from("a"));
      writer.endFile();
    },
    "more data than announced": (writer) => {
      writer.startFile(root, 2, false);
      writer.fileData(Buffer.from("abc"));
    },
    "an entry inside a file": (writer) => {
      writer.startDirectory(root);
      writer.startFile(Buffer.from("a"), 0, false);
      writer.symlink(Buffer.from("b"), Buffer.from("x"));
      writer.endFile();
      writer.endDirectory();
    },
    "a tree too deep": (writer) => {
      writer.startDirectory(root);
      for (let depth = 1; depth <= 2048; depth++) writer.startDirectory(Buffer.from("d"));
      for (let depth = 0; depth <= 2048; depth++) writer.endDirectory();
    },
    "an empty target": (writer) => writer.symlink(root, Buffer.alloc(0)),
    "an end without a directory": (writer) => writer.endDirectory(),
  };
  for (const [name, misuse] of Object.entries(misuses)) {
    test(`makes no NAR of ${name}`, () => {
      expect(() => written(misuse)).toThrow("NAR writer was given");
    });
  }
});
