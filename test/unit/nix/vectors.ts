/**
 * Narinfos made by `nix copy` of Nix 2.8.0 with the key {@link publicKey}: a text (`builtins.toFile`) that refers to
 * another, a file and a directory added by `nix-store --add-fixed` and `--add`.
 */
export const narinfos = {
  text: `StorePath: /nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt
URL: nar/1zfbgbdzrkpin6c7ikrqjq77hqbl23zmgpmy72x3izhvwqh94jf3.nar.zst
Compression: zstd
FileHash: sha256:1zfbgbdzrkpin6c7ikrqjq77hqbl23zmgpmy72x3izhvwqh94jf3
FileSize: 136
NarHash: sha256:07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917683
NarSize: 176
References: jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt
Sig: test-1:xuHJAM+Zs8E6eYwMgBB51yCfTsyiCDU1NMF2Yy+hH0bVr8aq0XX4PXJCVVwZCsfg/weig3RaN5KPsEp+NPVrAA==
CA: text:sha256:198ljl8xyj9nk2qa68kbj0kgpmv8f930y9g6kd17cwlkr5hz4dz0
`,
  file: `StorePath: /nix/store/gy454w1cxaq731grqwylhzf4pp9r5izh-hello.txt
URL: nar/0qa62dhmhx2947b66ndaalppnzplds7c3ybf8n3a82xicrwvs8cs.nar.zst
Compression: zstd
FileHash: sha256:0qa62dhmhx2947b66ndaalppnzplds7c3ybf8n3a82xicrwvs8cs
FileSize: 91
NarHash: sha256:04zwf782yjwnh3q6hz5izfd6jyip8kgw6g6yj43fiqhbyhdd0dqw
NarSize: 120
References: 
Sig: test-1:44hxqNU5KbfbM6RaHYYqaBtblme1QFOGfqSaWu8EUSmAQmhKpFw/LY79bk10WYVQ4xzOvNzG3s52ibQFPIYABA==
CA: fixed:sha256:00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq
`,
  sha1File: `StorePath: /nix/store/svdva85yi507g9vncgsaxvnd1r808h4w-hello.txt
URL: nar/0qa62dhmhx2947b66ndaalppnzplds7c3ybf8n3a82xicrwvs8cs.nar.zst
Compression: zstd
FileHash: sha256:0qa62dhmhx2947b66ndaalppnzplds7c3ybf8n3a82xicrwvs8cs
FileSize: 91
NarHash: sha256:04zwf782yjwnh3q6hz5izfd6jyip8kgw6g6yj43fiqhbyhdd0dqw
NarSize: 120
References: 
Sig: test-1:Q2r6xPK5upj2/Sji52e5HNg6m5ar+P9nV0CFjXcHwLNKHerMrntGS7V0E7KqzQzW7P+e+wT3R7wiKDNDY0pJBg==
CA: fixed:sha1:iwjz551fyw0cxcjgf4l6c879zabd6wpm
`,
  directory: `StorePath: /nix/store/7am52wcvq0mjsrqq04c1n7znnxmxvh5r-tree
URL: nar/1pkps7k8l24wj7hpbqiqrzlnl1jf56zhqqhkh63zpdyr2imngj4s.nar.zst
Compression: zstd
FileHash: sha256:1pkps7k8l24wj7hpbqiqrzlnl1jf56zhqqhkh63zpdyr2imngj4s
FileSize: 139
NarHash: sha256:01ck5rvyzqybzm60d7600qxnf699pxcdy4743f8li7mb5y0ckn4b
NarSize: 296
References: 
Sig: test-1:6/996n/5pcONG+J82i4ArahqKBk8RhGkRMboOp73qU7mZQou+1KSjioPl6oGx+cwEtcaugqcnFwgqo04oXItCg==
CA: fixed:r:sha256:01ck5rvyzqybzm60d7600qxnf699pxcdy4743f8li7mb5y0ckn4b
`,
  sha1Directory: `StorePath: /nix/store/xak4qlvfrac08zwdv5rzmq2nj1qi8926-tree
URL: nar/1pkps7k8l24wj7hpbqiqrzlnl1jf56zhqqhkh63zpdyr2imngj4s.nar.zst
Compression: zstd
FileHash: sha256:1pkps7k8l24wj7hpbqiqrzlnl1jf56zhqqhkh63zpdyr2imngj4s
FileSize: 139
NarHash: sha256:01ck5rvyzqybzm60d7600qxnf699pxcdy4743f8li7mb5y0ckn4b
NarSize: 296
References: 
Sig: test-1:anNIUhXxHeVWvjFYEELufK/IvwYz3vnN0048UfcGq0Pu3boEY+FSVpvrCggBozRTSIqPt1gwYH9kaSdwNVg/Cw==
CA: fixed:r:sha1:zg2alvgrcnq0g3axyj5hsm54asa5p7pz
`,
};

/** The key that signed {@link narinfos}. */
export const publicKey = "test-1:jBca7uicyAOaf8tW81VTlUA+96WY3qQQSnAF9+WQbUM=";

/** A narinfo with one line more, less, or changed. */
export function withLine(narinfo: string, name: string, line: string | undefined): string {
  const pattern = new RegExp(`^${name}:.*\n`, "m");
  return narinfo.replace(pattern, line === undefined ? "" : `${line}\n`);
}
