import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { encodeNix32 } from "../nix/base32.ts";
import { link, locked, type Place, rename } from "./link-calls.ts";
import { isSoundLink } from "./sound-link.ts";
import { temporaryLinkPrefix } from "./sweep-links.ts";

/**
 * The directory `.links` of a store, in which every file and symbolic link has a further name: the SHA-256 of its NAR in
 * base 32. So equal ones can be links of the same (`LocalStore::optimisePath_` of Nix, `src/libstore/optimise-store.cc`).
 */
export class FileLinks {
  readonly #store: number;
  readonly #path: string;
  readonly #directory: number;
  /** Names that were there before: a power cut may have left what they stand for without its contents. */
  readonly #unproven: Set<string>;
  #replaced = 0;
  readonly #saved = { files: 0, bytes: 0 };

  /**
   * @param storeDirectory The store, with its `.links`.
   * @param store A descriptor of the store; stays open.
   */
  constructor(storeDirectory: string, store: number) {
    this.#store = store;
    this.#path = join(storeDirectory, ".links");
    this.#unproven = new Set(readdirSync(this.#path));
    this.#directory = openSync(this.#path, "r");
  }

  /**
   * Makes a file or symbolic link by linking one that equals it.
   *
   * @param hash SHA-256 of its NAR.
   * @param size Bytes of its contents, or of its target.
   * @returns `false` if none equals it yet, or the one has all the links that its file system allows.
   */
  make(place: Place, hash: Uint8Array, size: number): boolean {
    if (link(this.#known(hash), place) !== undefined) return false;
    this.#save(size);
    return true;
  }

  /**
   * Notes a file or symbolic link that was just made, whole and with its final mode and time. If one that equals it was
   * noted meanwhile, that takes its place. The parameters are those of {@link make}.
   */
  add(place: Place, hash: Uint8Array, size: number): void {
    const known = this.#known(hash);
    if (link(place, known) !== "the name is taken") return;
    // In the store, as Nix does it: no path can have such a name.
    const name = Buffer.from(
      `${temporaryLinkPrefix}${process.pid}-${threadId}-${this.#replaced++}`,
    );
    const temporary = { directory: this.#store, name };
    if (link(known, temporary) !== undefined) return;
    rename(temporary, place);
    this.#save(size);
  }

  /** What did not have to be kept twice. */
  get saved(): { readonly files: number; readonly bytes: number } {
    return this.#saved;
  }

  close(): void {
    closeSync(this.#directory);
  }

  #save(size: number): void {
    this.#saved.files++;
    this.#saved.bytes += size;
  }

  /** Where what has a hash is, if it is there; it is what its name says then. */
  #known(hash: Uint8Array): Place {
    const name = encodeNix32(hash);
    if (this.#unproven.delete(name)) {
      const path = join(this.#path, name);
      // One worker at a time: else one may remove what another has put in the place of what it has found unsound.
      locked(this.#directory, () => {
        if (!isSoundLink(path, hash)) rmSync(path, { force: true });
      });
    }
    return { directory: this.#directory, name: Buffer.from(name) };
  }
}
