/** A string as a NAR has it. An encoder of its own, so that `NarWriter` is not tested against itself. */
export function narString(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([
    narNumber(bytes.length),
    bytes,
    Buffer.alloc((8 - (bytes.length % 8)) % 8),
  ]);
}

/** A 64-bit number as a NAR has it. */
function narNumber(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const words = (...texts: readonly string[]) => Buffer.concat(texts.map((text) => narString(text)));

/** A file, for {@link narDirectory} or {@link nar}. */
export function narFile(contents: string | Uint8Array, executable = false): Buffer {
  return Buffer.concat([
    words("(", "type", "regular", ...(executable ? ["executable", ""] : []), "contents"),
    narString(contents),
    words(")"),
  ]);
}

/** A symbolic link, for {@link narDirectory} or {@link nar}. */
export function narSymlink(target: string | Uint8Array): Buffer {
  return Buffer.concat([words("(", "type", "symlink", "target"), narString(target), words(")")]);
}

/** An entry of a directory, in the order and with the name it is given, good or bad. */
export function narEntry(name: string | Uint8Array, node: Uint8Array): Buffer {
  return Buffer.concat([
    words("entry", "(", "name"),
    narString(name),
    words("node"),
    node,
    words(")"),
  ]);
}

/** A directory of entries made by {@link narEntry}. */
export function narDirectory(...entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat([words("(", "type", "directory"), ...entries, words(")")]);
}

/** The NAR of a node. */
export function nar(node: Uint8Array): Buffer {
  return Buffer.concat([words("nix-archive-1"), node]);
}

/** A NAR that must be refused. */
export interface EvilNar {
  /** What is wrong with it. */
  readonly name: string;
  readonly bytes: Buffer;
  /** What the refusal says, at least. */
  readonly complaint: RegExp;
}

/**
 * NARs that break the format, one for every way that matters. Whoever unpacks one must refuse it and leave everything
 * outside its own destination alone.
 *
 * @param outside An absolute path that those that try to get out try to write to or into.
 */
export function evilNars(outside: string): EvilNar[] {
  const groups: [Evil, RegExp][] = [
    [evilNames(outside), /(name|target) .*(is|contains)|where at most/],
    [evilOrder(outside), /comes (twice|after)|contains a slash/],
    [evilSyntax(), /instead of|where at most|nested|after its end/],
    [evilSizes(), /2\^53|where at most/],
    [evilPadding(), /padding/],
    [evilLength(), /ends too early|after its end/],
  ];
  return groups.flatMap(([nars, complaint]) =>
    Object.entries(nars).map(([name, bytes]) => ({ name, bytes, complaint })),
  );
}

type Evil = Readonly<Record<string, Buffer>>;

const file = narFile("evil");

function evilNames(outside: string): Evil {
  const named = (name: string | Uint8Array, node = file) => nar(narDirectory(narEntry(name, node)));
  return {
    "an empty name": named(""),
    "an empty name of a directory": named("", narDirectory(narEntry("x", file))),
    "the name .": named("."),
    "the name ..": named(".."),
    "the name .. of a directory": named("..", narDirectory(narEntry("evil", file))),
    "the name .. of a symbolic link": named("..", narSymlink(outside)),
    "a name that leads up": named("../evil"),
    "a name that is an absolute path": named(outside),
    "a name with a slash at its end": named("a/"),
    "a name with NUL in it": named("a\0b"),
    "a name that is NUL": named("\0"),
    "a name of 256 bytes": named("n".repeat(256)),
    "an empty target": nar(narSymlink("")),
    "a target with NUL in it": nar(narSymlink(`${outside}\0`)),
    "a target of 4096 bytes": nar(narSymlink("t".repeat(4096))),
  };
}

function evilOrder(outside: string): Evil {
  const throughLink = narDirectory(
    narEntry("link", narSymlink(outside)),
    narEntry("link", narDirectory(narEntry("evil", file))),
  );
  return {
    "a directory over a symbolic link": nar(throughLink),
    "an entry through a symbolic link": nar(
      narDirectory(narEntry("link", narSymlink(outside)), narEntry("link/evil", file)),
    ),
    "a file over a symbolic link": nar(
      narDirectory(narEntry("link", narSymlink(`${outside}/evil`)), narEntry("link", file)),
    ),
    "a file over a directory": nar(
      narDirectory(narEntry("a", narDirectory()), narEntry("a", file)),
    ),
    "a name twice": nar(narDirectory(narEntry("a", file), narEntry("a", file))),
    "a name twice with another between": nar(
      narDirectory(narEntry("a", file), narEntry("b", file), narEntry("a", file)),
    ),
    "names out of order": nar(narDirectory(narEntry("b", file), narEntry("a", file))),
    "names in the order of signed bytes": nar(
      narDirectory(narEntry(Buffer.from([0xff]), file), narEntry("a", file)),
    ),
    "a name before the one that begins it": nar(
      narDirectory(narEntry("ab", file), narEntry("a", file)),
    ),
    "names out of order inside": nar(
      narDirectory(narEntry("d", narDirectory(narEntry("b", file), narEntry("a", file)))),
    ),
  };
}

function evilSyntax(): Evil {
  return {
    "another magic": Buffer.concat([words("nix-archive-2"), file]),
    "no magic": Buffer.from(file),
    "a tarball": Buffer.alloc(10_240, "ustar"),
    "an unknown type": nar(words("(", "type", "fifo", ")")),
    "no type": nar(words("(", "contents", "evil", ")")),
    "two types": nar(words("(", "type", "regular", "type", "directory", ")")),
    "a file without contents": nar(words("(", "type", "regular", ")")),
    "contents twice": nar(words("(", "type", "regular", "contents", "a", "contents", "b", ")")),
    "a value of executable": nar(
      words("(", "type", "regular", "executable", "yes", "contents", "a", ")"),
    ),
    "executable twice": nar(
      words("(", "type", "regular", "executable", "", "executable", "", "contents", "a", ")"),
    ),
    "executable after the contents": nar(
      words("(", "type", "regular", "contents", "a", "executable", "", ")"),
    ),
    "an executable symbolic link": nar(
      words("(", "type", "symlink", "executable", "", "target", "a", ")"),
    ),
    "a symbolic link without a target": nar(words("(", "type", "symlink", ")")),
    "an entry without a name": nar(
      Buffer.concat([words("(", "type", "directory", "entry", "(", "node"), file, words(")", ")")]),
    ),
    "an entry without a node": nar(
      words("(", "type", "directory", "entry", "(", "name", "a", ")", ")"),
    ),
    "an entry with two nodes": nar(
      Buffer.concat([
        words("(", "type", "directory", "entry", "(", "name", "a", "node"),
        file,
        words("node"),
        file,
        words(")", ")"),
      ]),
    ),
    "an entry of a file": nar(
      Buffer.concat([words("(", "type", "regular", "contents", "a"), narEntry("b", file)]),
    ),
    "an entry after the end of its directory": nar(
      Buffer.concat([narDirectory(), narEntry("a", file), words(")")]),
    ),
    "directories nested too deep": nar(
      Buffer.concat(
        Array.from({ length: 2049 }, () =>
          words("(", "type", "directory", "entry", "(", "name", "d", "node"),
        ),
      ),
    ),
  };
}

function evilSizes(): Evil {
  const sized = (size: number | bigint) =>
    nar(Buffer.concat([words("(", "type", "regular", "contents"), narNumber(size), words(")")]));
  const named = (length: number | bigint) =>
    nar(Buffer.concat([words("(", "type", "directory", "entry", "(", "name"), narNumber(length)]));
  return {
    "a file of 2^53 bytes": sized(2n ** 53n),
    "a file of 2^63 bytes": sized(2n ** 63n),
    "a file of 2^64 - 1 bytes": sized(2n ** 64n - 1n),
    "a file one byte shorter than its contents": nar(
      Buffer.concat([
        words("(", "type", "regular", "contents"),
        narNumber(8),
        Buffer.from("evilevil!"),
        Buffer.alloc(7),
        words(")"),
      ]),
    ),
    "a name of 2^32 bytes": named(2n ** 32n),
    "a name of 2^64 - 1 bytes": named(2n ** 64n - 1n),
    "a word of 2^40 bytes": narNumber(2n ** 40n),
  };
}

function evilPadding(): Evil {
  const bytes = nar(narDirectory(narEntry("a", narFile("evil")), narEntry("b", narSymlink("c"))));
  const spoiltAfter = (text: string) => {
    const spoilt = Buffer.from(bytes);
    const length = Buffer.byteLength(text);
    const padding = (8 - (length % 8)) % 8;
    spoilt[spoilt.indexOf(narString(text)) + 8 + length + padding - 1] = 1;
    return spoilt;
  };
  return {
    "bad padding of the magic": spoiltAfter("nix-archive-1"),
    "bad padding of a word": spoiltAfter("entry"),
    "bad padding of a name": spoiltAfter("a"),
    "bad padding of a file": spoiltAfter("evil"),
    "bad padding of a target": spoiltAfter("c"),
  };
}

function evilLength(): Evil {
  const bytes = nar(narDirectory(narEntry("a", file)));
  const large = Buffer.concat([words("(", "type", "regular", "contents"), narNumber(1_000_000)]);
  return {
    "a file larger than the NAR": nar(Buffer.concat([large, words(")")])),
    nothing: Buffer.alloc(0),
    "the magic alone": words("nix-archive-1"),
    "truncation inside a number": bytes.subarray(0, 28),
    "truncation inside the contents": bytes.subarray(0, bytes.indexOf("evil") + 2),
    "truncation before the padding": bytes.subarray(0, bytes.indexOf("evil") + 4),
    "truncation before the last parenthesis": bytes.subarray(0, -16),
    "truncation by one byte": bytes.subarray(0, -1),
    "one byte behind it": Buffer.concat([bytes, Buffer.alloc(1)]),
    "a word behind it": Buffer.concat([bytes, words(")")]),
    "another NAR behind it": Buffer.concat([bytes, bytes]),
    "a file and its entry behind it": nar(Buffer.concat([file, narEntry("a", file)])),
  };
}
