import { paddingLength } from "./nar-format.ts";
import { NarWriter } from "./nar-writer.ts";

/** What a NAR may hold alone, a directory left out: files, executable or not, and symbolic links. */
export type LeafKind = "file" | "executable" | "symlink";

/** Bytes of the length before contents, and of the parenthesis at the end of a NAR. */
const lengthSize = 8;
const closeSize = 16;

/** SHA-256 over pieces of this many bytes is several times as fast as over large ones. */
const hashPiece = 65_536;

/** The NAR of something that holds one byte. */
function smallNar(kind: LeafKind): Buffer {
  const chunks: Buffer[] = [];
  const writer = new NarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  const [name, contents] = [Buffer.alloc(0), Buffer.from("x")];
  if (kind === "symlink") writer.symlink(name, contents);
  else {
    writer.startFile(name, contents.length, kind === "executable");
    writer.fileData(contents);
    writer.endFile();
  }
  writer.end();
  return Buffer.concat(chunks);
}

/** What comes before the length of the contents. */
function beginOf(kind: LeafKind): Buffer {
  const nar = smallNar(kind);
  const rest = lengthSize + 1 + paddingLength(1) + closeSize;
  return nar.subarray(0, nar.length - rest);
}

const begins = {
  file: beginOf("file"),
  executable: beginOf("executable"),
  symlink: beginOf("symlink"),
};

const close = smallNar("file").subarray(-closeSize);
const zeros = Buffer.alloc(8);

/**
 * Computes the SHA-256 of the NAR that holds nothing but one file or one symbolic link: what Nix names it by in
 * `/nix/store/.links`.
 */
export class LeafHasher {
  readonly #hasher = new Bun.CryptoHasher("sha256");
  readonly #size: number;

  /** @param size Bytes of the contents, or of the target of a symbolic link. */
  constructor(kind: LeafKind, size: number) {
    this.#size = size;
    const begin = begins[kind];
    const start = Buffer.allocUnsafe(begin.length + lengthSize);
    begin.copy(start);
    start.writeUInt32LE(size % 2 ** 32, begin.length);
    start.writeUInt32LE(Math.floor(size / 2 ** 32), begin.length + 4);
    this.#hasher.update(start);
  }

  /** Takes the next bytes of the contents, or of the target. */
  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += hashPiece) {
      this.#hasher.update(chunk.subarray(at, at + hashPiece));
    }
  }

  /** The hash, once all bytes have been taken. */
  digest(): Uint8Array {
    this.#hasher.update(zeros.subarray(0, paddingLength(this.#size)));
    this.#hasher.update(close);
    return this.#hasher.digest();
  }
}
