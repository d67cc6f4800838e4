/*
 * Builds the installer: `bun build.ts [--target bun-linux-x64|bun-linux-arm64]` makes `dist/installer`, or
 * `dist/installer-<target>` when a target is named.
 */
import { chmod, stat } from "node:fs/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { target: { type: "string" } }, strict: true });
const outfile =
  values.target === undefined
    ? "dist/installer"
    : `dist/installer-${values.target.replace("bun-", "")}`;

// Names are kept (no identifier minification), so that errors carry their class names. Neither `.env` nor
// `bunfig.toml` of the directory the installer is started in may be read: both could run code as root.
const build = Bun.spawn(
  [
    process.execPath,
    "build",
    "src/main.ts",
    "src/cache/worker.ts",
    "--compile",
    ...(values.target === undefined ? [] : [`--target=${values.target}`]),
    "--minify-syntax",
    "--minify-whitespace",
    "--bytecode",
    "--format=esm",
    "--sourcemap",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--outfile=${outfile}`,
  ],
  { cwd: import.meta.dir, stdio: ["ignore", "inherit", "inherit"] },
);
if ((await build.exited) !== 0) process.exit(1);
await chmod(outfile, 0o755);
console.log(`${outfile}: ${((await stat(outfile)).size / 1e6).toFixed(1)} MB`);
