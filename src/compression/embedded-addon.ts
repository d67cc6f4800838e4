import addon from "../../node_modules/node-liblzma/prebuilds/linux-x64/node-liblzma.node" with {
  type: "file",
};

/** Where the addon is in the compiled binary, which alone may load this module (see liblzma-addon.ts). */
export default addon;
