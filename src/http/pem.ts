import { createPrivateKey, X509Certificate } from "node:crypto";

/**
 * The certificates in a PEM text, which may have other things between them. OpenSSL would pass over what is broken, and
 * say later that no certificate is trusted.
 *
 * @throws {Error} with what is wrong: a text without any, or one that is none.
 */
export function certificatesIn(text: string): string[] {
  const blocks =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END [A-Z ]+-----/g) ?? [];
  if (blocks.length === 0) throw new Error("there is no certificate in it (PEM)");
  for (const [index, block] of blocks.entries()) {
    try {
      // Throws if it is none.
      void new X509Certificate(block).fingerprint256;
    } catch {
      throw new Error(`its certificate number ${index + 1} is malformed`);
    }
  }
  return blocks;
}

/** What is wrong with a private key for a certificate; `undefined` if it is the certificate's. */
export function keyProblem(key: string, certificate: string): string | undefined {
  try {
    const fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
    return fits ? undefined : "the private key in it is that of another certificate";
  } catch (error) {
    return /passphrase/i.test(String(error))
      ? "the private key in it is encrypted"
      : "there is no private key in it (PEM)";
  }
}
