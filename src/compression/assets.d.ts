/** Files that Bun puts into the compiled binary when they are imported `with { type: "file" }`: where they are then. */
declare module "*.wasm" {
  const path: string;
  export default path;
}

declare module "*.node" {
  const path: string;
  export default path;
}
