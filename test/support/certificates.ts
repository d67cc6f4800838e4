import { join } from "node:path";
import { exec } from "../../src/run/command.ts";

/** An authority of a test's own, a server's certificate for this machine, and a client's: files in PEM. */
export interface Certificates {
  readonly authority: string;
  readonly server: { readonly certificate: string; readonly key: string };
  readonly client: { readonly certificate: string; readonly key: string };
}

const selfSigned =
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30".split(" ");

/** Makes {@link Certificates} with openssl in a directory. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const inside = (name: string) => join(directory, name);
  const [key, authority] = [inside("ca.key"), inside("ca.crt")];
  await exec([...selfSigned, "-keyout", key, "-out", authority, "-subj", "/CN=CA"], {});
  const make = async (name: string) => {
    const made = { certificate: inside(`${name}.crt`), key: inside(`${name}.key`) };
    const files = ["-keyout", made.key, "-out", made.certificate, "-CA", authority, "-CAkey", key];
    const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const extension = ["-addext", "basicConstraints=critical,CA:FALSE"];
    await exec([...selfSigned, ...files, ...names, ...extension], {});
    return made;
  };
  return { authority, server: await make("server"), client: await make("client") };
}
