import type { VolumeGroup } from "./lvm-metadata.ts";

/** A section of LVM's metadata text: names with texts, or with further sections; what else there is is left out. */
interface Section {
  readonly texts: Map<string, string>;
  readonly sections: Map<string, Section>;
}

/**
 * Quoted texts (with backslashes), comments, the signs that structure the text, and words; lvm.conf(5), "SYNTAX",
 * which the metadata shares.
 */
const token = /"((?:[^"\\]|\\.)*)"|#[^\n]*|([{}[\]=,])|([^\s{}[\]=,"#]+)/g;

type Token =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "sign"; readonly value: string }
  | { readonly kind: "word"; readonly value: string };

function* tokens(text: string): Generator<Token> {
  for (const [whole, quoted, sign, word] of text.matchAll(token)) {
    if (whole.startsWith("#")) continue;
    if (sign !== undefined) yield { kind: "sign", value: sign };
    else if (word !== undefined) yield { kind: "word", value: word };
    else yield { kind: "text", value: (quoted ?? "").replaceAll(/\\(.)/g, "$1") };
  }
}

/** Reads to the end of the section, or of the text; an array's elements stand for nothing and are passed over. */
function parseSection(source: Iterator<Token>): Section {
  const section: Section = { texts: new Map(), sections: new Map() };
  let name = "";
  let assigned = false;
  for (let next = source.next(); next.done !== true; next = source.next()) {
    const { kind, value } = next.value;
    if (kind === "sign" && value === "}") break;
    if (kind === "sign" && value === "{") section.sections.set(name, parseSection(source));
    else if (kind === "sign") assigned = value === "=";
    else if (assigned && kind === "text") section.texts.set(name, value);
    else if (!assigned && kind === "word") name = value;
    if (kind !== "sign") assigned = false;
  }
  return section;
}

/**
 * Parses the text in which LVM2 keeps the description of a volume group on its physical volumes; `undefined` when the
 * text describes none.
 */
export function parseLvmText(text: string): VolumeGroup | undefined {
  for (const [name, group] of parseSection(tokens(text)).sections) {
    const uuid = group.texts.get("id");
    const volumes = group.sections.get("physical_volumes");
    if (uuid === undefined || volumes === undefined) continue;
    const physicalVolumes = [...volumes.sections.values()].flatMap(
      ({ texts }) => texts.get("id") ?? [],
    );
    return { uuid, name, physicalVolumes };
  }
  return undefined;
}
