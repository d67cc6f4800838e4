import { expect, test } from "bun:test";
import { join } from "node:path";
import { serveDirectory } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";

test("serves a directory and further ones, as configured, and tells what was asked for", async () => {
  await using scratch = await scratchDirectory("served");
  await Bun.write(join(scratch.path, "main", "file"), "main");
  await Bun.write(join(scratch.path, 'more, "of" it', "file"), "more");
  await using server = await serveDirectory(join(scratch.path, "main"), {
    routes: { "/more": join(scratch.path, 'more, "of" it') },
    server: "location /broken { return 503; }",
  });
  const get = async (path: string) => {
    const response = await fetch(server.url() + path);
    return `${response.status} ${response.ok ? await response.text() : ""}`;
  };
  expect(await get("/file")).toBe("200 main");
  expect(await get("/more/file")).toBe("200 more");
  expect(await get("/broken/file")).toBe("503 ");
  expect(await get("/none")).toBe("404 ");
  expect((await server.accessLog()).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
    "GET /file 200",
    "GET /more/file 200",
    "GET /broken/file 503",
    "GET /none 404",
  ]);
  expect((await server.errorLog()).join()).toContain("/main/none");
});

test("is gone once it is disposed", async () => {
  await using scratch = await scratchDirectory("served");
  const server = await serveDirectory(scratch.path);
  await server[Symbol.asyncDispose]();
  const code = await fetch(server.url()).catch((error: Error & { code?: string }) => error.code);
  expect(code).toBe("ECONNREFUSED");
});

test("says what nginx has against a configuration", async () => {
  await using scratch = await scratchDirectory("served");
  const refused = await serveDirectory(scratch.path, { server: "bogus;" }).catch(String);
  expect(refused).toContain('unknown directive "bogus"');
});
