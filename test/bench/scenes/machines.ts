import { measureTogether } from "../together.ts";
import { chooseClosure, chooseContenders, describeClosure, rowsOf, type Scene } from "./scene.ts";

const machines = 10;

const title = "ten machines that pull at once from one zstd cache, loopback";

/** Ten pulls at the same time, each to a file system of its own. */
export const machinesScene: Scene = {
  name: "ten-machines",
  title,
  run: async (options) => {
    const closure = await chooseClosure(options, "quarter");
    const contenders = await chooseContenders(options, ["installer", "nix-sid"]);
    const runs = options.runs ?? 2;
    const samples = await measureTogether(machines, {
      ...options,
      closure,
      compression: "zstd",
      contenders,
      runs,
    });
    return {
      scene: "ten-machines",
      title,
      conditions: `${describeClosure(closure)}, to ten times ${options.fileSystem}; figures are of all ten together`,
      rows: rowsOf(contenders, samples),
      goals: [],
    };
  },
};
