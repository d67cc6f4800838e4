import * as v from "valibot";
import { type FindingId, findingKinds } from "../findings/catalogue.ts";
import type { Severity } from "../findings/finding.ts";
import { inJsonSchema } from "../values/described.ts";

/** Whether a text is the identifier of a finding. */
function isFindingId(text: string): text is FindingId {
  return Object.hasOwn(findingKinds, text);
}

const identifiers = Object.keys(findingKinds).filter(isFindingId);

/** Why a finding of a severity cannot be allowed. */
const whyNot: Readonly<Record<Severity, (id: FindingId) => string>> = {
  error: (id) => `with ${id}, the install would fail or destroy something`,
  warning: (id) => `${id} is to be told at every run`,
  note: (id) => `${id} is a note, which stops nothing`,
};

/** An identifier of a finding that a manifest may allow, of `src/findings/catalogue.ts`. */
export const allowableFinding = v.pipe(
  v.picklist(identifiers, "expected the identifier of a finding, as docs/findings.md lists them"),
  v.check(
    (id) => findingKinds[id].isAllowable,
    ({ input }) =>
      `expected a finding that can be allowed: ${whyNot[findingKinds[input].severity](input)}`,
  ),
  inJsonSchema({ enum: identifiers.filter((id) => findingKinds[id].isAllowable) }),
);
