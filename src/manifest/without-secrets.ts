/** Parameters that tell nothing secret: switches and small numbers. */
const plainValue = /^(?:true|false|\d{1,5})$/;

function withoutValues(query: string): string {
  return query.replaceAll(/=(?<value>[^&]*)/g, (all: string, value: string) =>
    plainValue.test(value) ? all : "=***",
  );
}

/**
 * A manifest as it may be kept: passwords in addresses are covered, and of web addresses also user names and the values
 * in queries, which is where tokens and presigned addresses have their secret. Of other secrets a manifest has only
 * where they come from.
 */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/(?<=\bhttps?:\/\/)[^\s/@"']+(?=@)/g, "***")
    .replaceAll(/(?<=:\/\/[^\s/@:"']*:)[^\s/@"']+(?=@)/g, "***")
    .replaceAll(
      /(?<address>\bhttps?:\/\/[^\s"'?]*)\?(?<query>[^\s"']*)/g,
      (_all: string, address: string, query: string) => `${address}?${withoutValues(query)}`,
    );
}
