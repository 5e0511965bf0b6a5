/**
 * `SEED=n` gives every property the same cases in each run, so that what fails in CI is of the change. Without it each
 * run tries others.
 */
const seed = process.env['SEED'];
if (seed !== undefined) {
  const { configureGlobal, readConfigureGlobal } = await import('fast-check');
  configureGlobal({ ...readConfigureGlobal(), seed: Number(seed) });
}
