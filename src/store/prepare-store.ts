import { mendDatabase } from "./target-database.ts";
import { makeTargetStore } from "./target-layout.ts";

/**
 * Makes what a store below `root` needs before anything is put into it: its directories, and a database that can be used
 * where there is one, see {@link mendDatabase}.
 *
 * @param log Is told of a database that was damaged.
 * @throws {InstallerError} with reason `disk`.
 */
export function prepareStore(root: string, log: (level: "warning", message: string) => void): void {
  makeTargetStore(root);
  mendDatabase(root, log);
}
