/**
 * The seed of a test that does something at random: `LANDFALL_SEED`, or a new one. To be told when the test fails, so that
 * it can be run once more.
 */
export function testSeed(): number {
  const given = process.env.LANDFALL_SEED;
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
}
