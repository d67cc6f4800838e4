import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { join, normalize } from "node:path";

/** Somebody who may read a bucket. */
export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/** A server for one bucket that only lets requests with the right signature in. */
export interface S3Server extends AsyncDisposable {
  /** Its address without a slash at the end: the `endpoint` of a client that puts the bucket's name in the path. */
  readonly endpoint: string;
  /** What was asked of it, in its order: the access key, or none, and the status of the answer. */
  readonly requests: readonly { readonly accessKeyId?: string; readonly status: number }[];
}

/**
 * Serves a directory as the bucket `bucket` to accounts that sign their requests with Signature Version 4 in the header
 * `Authorization` (AWS's "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference).
 */
export function s3Server(directory: string, accounts: readonly S3Account[]): S3Server {
  const requests: { accessKeyId?: string; status: number }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const signed = readAuthorization(request.headers.get("authorization") ?? "");
      const response = await answer(request, signed, accounts, directory);
      const { status } = response;
      requests.push(signed === undefined ? { status } : { accessKeyId: signed.keyId, status });
      return response;
    },
  });
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** The parts of the header `Authorization`. */
interface Authorization {
  readonly keyId: string;
  /** Date, region, service and `aws4_request`. */
  readonly scope: readonly string[];
  readonly headers: readonly string[];
  readonly signature: string;
}

function readAuthorization(header: string): Authorization | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=(?<keyId>[^/,]+)\/(?<scope>\d{8}\/[^/,]+\/s3\/aws4_request), ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<hex>[0-9a-f]{64})$/;
  const { keyId, scope, headers, hex } = pattern.exec(header)?.groups ?? {};
  if (keyId === undefined || scope === undefined || headers === undefined) return undefined;
  return { keyId, scope: scope.split("/"), headers: headers.split(";"), signature: hex ?? "" };
}

async function answer(
  request: Request,
  signed: Authorization | undefined,
  accounts: readonly S3Account[],
  directory: string,
): Promise<Response> {
  if (signed === undefined) return refusal(403, "AccessDenied");
  const account = accounts.find(({ accessKeyId }) => accessKeyId === signed.keyId);
  if (account === undefined) return refusal(403, "InvalidAccessKeyId");
  const token = request.headers.get("x-amz-security-token") ?? undefined;
  if (token !== account.sessionToken) return refusal(403, "InvalidToken");
  const expected = Buffer.from(expectedSignature(request, signed, account.secretAccessKey));
  if (!timingSafeEqual(expected, Buffer.from(signed.signature))) {
    return refusal(403, "SignatureDoesNotMatch");
  }
  const { pathname } = new URL(request.url);
  const key = /^\/bucket\/(?<key>.+)$/.exec(decodeURIComponent(pathname))?.groups?.key;
  const file = Bun.file(join(directory, normalize(`/${key}`)));
  if (key === undefined || !(await file.exists())) return refusal(404, "NoSuchKey");
  return new Response(file, {
    headers: { "last-modified": new Date(file.lastModified).toUTCString() },
  });
}

function refusal(status: number, code: string): Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;
  return new Response(body, { status, headers: { "content-type": "application/xml" } });
}

/** The signature that a request should have, in hexadecimal. */
function expectedSignature(request: Request, signed: Authorization, secret: string): string {
  const { pathname, searchParams } = new URL(request.url);
  const query = [...searchParams]
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .toSorted()
    .join("&");
  const headers = signed.headers.map(
    (name) => `${name}:${(request.headers.get(name) ?? "").trim().replaceAll(/ +/g, " ")}\n`,
  );
  const canonical = [
    request.method,
    pathname,
    query,
    headers.join(""),
    signed.headers.join(";"),
    request.headers.get("x-amz-content-sha256") ?? "",
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    request.headers.get("x-amz-date") ?? "",
    signed.scope.join("/"),
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  return hmac(signed.scope.reduce<string | Buffer>(hmac, `AWS4${secret}`), text).toString("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
