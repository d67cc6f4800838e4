import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { exec } from "../../src/run/command.ts";
import { spawnBound } from "./process.ts";
import { scratchDirectory } from "./scratch.ts";

/** An sshd of a test's own; disposing it ends the server and removes its files. */
export interface SshServer extends AsyncDisposable {
  readonly port: number;
  /** The private key of the only user that is let in: root. */
  readonly key: string;
  /** Configuration for a client that knows the server's host key, and no other file than those of the test. */
  readonly configuration: string;
}

/** The directory that sshd of Debian insists on; its package makes it when the system boots. */
const separationDirectory = "/run/sshd";

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

/** Starts sshd on 127.0.0.1 with keys and a configuration in a scratch directory; ready when the promise resolves. */
export async function sshServer(): Promise<SshServer> {
  const scratch = await scratchDirectory("sshd");
  const inside = (name: string) => join(scratch.path, name);
  for (const name of ["host", "client"]) {
    await exec(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", inside(name)]);
  }
  const port = await freePort();
  const hostKey = await Bun.file(inside("host.pub")).text();
  await Bun.write(inside("known_hosts"), `[127.0.0.1]:${port} ${hostKey}`);
  await Bun.write(
    inside("ssh_config"),
    [
      `UserKnownHostsFile ${inside("known_hosts")}`,
      "GlobalKnownHostsFile /dev/null",
      "IdentitiesOnly yes",
      "IdentityFile none",
      "",
    ].join("\n"),
  );
  await Bun.write(
    inside("sshd_config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${inside("host")}`,
      "PidFile none",
      `AuthorizedKeysFile ${inside("client.pub")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin prohibit-password",
      "",
    ].join("\n"),
  );
  if (!existsSync(separationDirectory)) mkdirSync(separationDirectory, { mode: 0o755 });
  const server = spawnBound(
    ["/usr/sbin/sshd", "-D", "-e", "-f", inside("sshd_config")],
    scratch.path,
  );
  await listening(server.stderr);
  return {
    port,
    key: inside("client"),
    configuration: inside("ssh_config"),
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await server.exited;
      await scratch[Symbol.asyncDispose]();
    },
  };
}

/** Waits until sshd says that it listens, and goes on reading what it says. */
async function listening(stream: ReadableStream<Uint8Array>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const read = async () => {
    const decoder = new TextDecoder();
    let said = "";
    for await (const chunk of stream) {
      said += decoder.decode(chunk, { stream: true });
      if (said.includes("Server listening on")) resolve();
    }
    reject(new Error(`sshd ended: ${said}`));
  };
  read().catch(reject);
  await promise;
}
