import * as v from "valibot";
import { type FindingId, findingKinds } from "../findings/catalogue.ts";

/** Whether a text is the identifier of a finding. */
function isFindingId(text: string): text is FindingId {
  return Object.hasOwn(findingKinds, text);
}

const identifiers = Object.keys(findingKinds).filter(isFindingId);

/** An identifier of a finding that a manifest may allow, of `src/findings/catalogue.ts`. */
export const allowableFinding = v.pipe(
  v.picklist(identifiers, "expected the identifier of a finding, as docs/findings.md lists them"),
  v.check(
    (id) => findingKinds[id].isAllowable,
    ({ input }) =>
      findingKinds[input].severity === "error"
        ? `expected a finding that can be allowed: with ${input}, the install would fail or destroy something`
        : `expected an error: ${input} is a ${findingKinds[input].severity}, which stops nothing`,
  ),
);
