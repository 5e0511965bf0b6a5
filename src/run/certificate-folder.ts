import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the files that exist. Throws when one cannot be read. */
export function readFolder(folder: string, names: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of names) {
    try {
      files.set(name, readFileSync(join(folder, name), 'utf8'));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return files;
}

/** Writes files in order, atomically, for their owner alone; undefined removes one. Skips unchanged ones. */
export function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string | undefined>,
  before: ReadonlyMap<string, string>,
): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of files) {
    const file = join(folder, name);
    if (text === undefined) rmSync(file, { force: true });
    else if (text !== before.get(name)) {
      const whole = join(folder, `.${name}.${process.pid}`);
      writeFileSync(whole, text, { mode: 0o600, flag: 'wx', flush: true });
      renameSync(whole, file);
    }
  }
}
