import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Returns the key of sessions in a file, which is made where there is none. Throws when it cannot be. */
export function keyInFile(file: string): string {
  const made = randomBytes(32).toString('base64');
  mkdirSync(dirname(file), { recursive: true });
  try {
    // Two processes may start at once: the first makes it.
    writeFileSync(file, made, { mode: 0o600, flag: 'wx', flush: true });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const found = readFileSync(file, 'utf8').trim();
  if (found.length < minLength) throw new Error(`${file} holds no key of sessions: delete it`);
  return found;
}

const minLength = 32;
