/**
 * All parsers that are fuzzed, by name, and their share of the time. Known without loading them, as they are to be loaded
 * with counters.
 */
export const targetShares: Readonly<Record<string, number>> = {
  nar: 2,
  narinfo: 2,
  "cache-info": 0.5,
  tar: 3,
  manifest: 6,
  registration: 1,
  netrc: 1,
  "path-info": 1,
  bootspec: 1,
  tables: 1,
  initrd: 2,
  "module-index": 1,
  zstd: 1,
  xz: 1,
  gzip: 0.5,
  br: 0.5,
  bzip2: 2,
  lzip: 1,
  lzma: 1,
  lz4: 1,
};
