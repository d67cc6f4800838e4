/** What `lzma_code` returns (`enum lzma_ret` of lzma/base.h), as far as decoding goes. */
export const LzmaResult = {
  ok: 0,
  streamEnd: 1,
  memoryError: 5,
  memoryLimitError: 6,
  formatError: 7,
  optionsError: 8,
  dataError: 9,
  bufferError: 10,
} as const;

/** What `lzma_code` is told (`enum lzma_action` of lzma/base.h): that more input may follow, or that it has ended. */
export const LzmaAction = { run: 0, finish: 3 } as const;

/** `LZMA_CONCATENATED` of lzma/container.h: any number of streams, one after the other. */
export const concatenated = 0x08;
