import type { Bytes } from "../compression/to-stream.ts";
import { redactUrl } from "../http/http-error.ts";
import { GiB, MiB } from "../values/size.ts";
import type { CacheClient } from "./cache-client.ts";
import type { ClosurePath } from "./closure.ts";

/** Memory that must be available for anything to be kept: with less, the pull needs it for itself. */
const leastMemory = GiB;
/** Bytes that are kept at most: the initrd, and what is small. */
const mostKept = 128 * MiB;

/** The file of a NAR, compressed, in the pieces in which it arrived. */
export type KeptFile = readonly Bytes[];

/** Files of NARs that were fetched and found right before the pull, which then need not be fetched again. */
export class KeptFiles {
  readonly #files = new Map<string, KeptFile>();
  #room: number;

  /** @param available Bytes of memory. */
  constructor(available: number) {
    this.#room = available < leastMemory ? 0 : Math.min(mostKept, available / 8);
  }

  /** Whether there is room for the file of a path, as large as its cache says. */
  hasRoomFor({ fileSize, narUrl }: ClosurePath): boolean {
    return fileSize !== undefined && fileSize <= this.#room && !this.#files.has(narUrl);
  }

  /** Keeps the file of a path that it {@link hasRoomFor}, which has been compared with its hashes. */
  keep({ narUrl }: ClosurePath, file: KeptFile): void {
    this.#files.set(narUrl, file);
    this.#room -= file.reduce((sum, { length }) => sum + length, 0);
  }

  /** The file of a path, which is then kept no longer. */
  take({ narUrl }: ClosurePath): KeptFile | undefined {
    const file = this.#files.get(narUrl);
    this.#files.delete(narUrl);
    return file;
  }
}

/** Those of this process, between its look at a closure and its pull. */
let files = new KeptFiles(0);

/** Begins to keep files for the pull of this process. @param available Bytes of memory. */
export function keepFilesForPull(available: number): KeptFiles {
  files = new KeptFiles(available);
  return files;
}

/** What {@link keepFilesForPull} was told to keep. */
export function filesForPull(): KeptFiles {
  return files;
}

/** A client that gives one file from memory, once, and gets all others. */
export function clientWithFile(
  client: CacheClient,
  { narUrl }: ClosurePath,
  file: KeptFile,
): CacheClient {
  let isLeft = true;
  return {
    settings: client.settings,
    getText: (url, limit, options) => client.getText(url, limit, options),
    open: (url, options) => {
      if (url !== narUrl || !isLeft) return client.open(url, options);
      isLeft = false;
      return Promise.resolve({
        url: redactUrl(url),
        contentType: "",
        contentLength: file.reduce((sum, { length }) => sum + length, 0),
        delimited: true,
        body: piecesOf(file),
        close: () => {},
      });
    },
  };
}

async function* piecesOf(file: KeptFile): AsyncGenerator<Bytes, void> {
  yield* file;
}
