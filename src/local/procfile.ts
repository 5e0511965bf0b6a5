import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureText } from '../lib/failure.ts';

export interface ProcfileEntry {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export type Procfile =
  | { readonly kind: 'ok'; readonly entries: readonly ProcfileEntry[] }
  | { readonly kind: 'error'; readonly line: string };

const maxEntries = 50;

/** Reads `DIR/Procfile`; empty when it does not exist. */
export function readProcfile(directory: string): Procfile {
  const file = join(directory, 'Procfile');
  try {
    return parseProcfile(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (failureText(error) === 'ENOENT') return { kind: 'ok', entries: [] };
    return { kind: 'error', line: `${file}: cannot be read (${failureText(error)})` };
  }
}

/** Parses lines `NAME: COMMAND ARGUMENTS`, split at spaces, without a shell or quotes. `#` starts a comment. */
export function parseProcfile(text: string, file: string): Procfile {
  const entries = new Map<string, ProcfileEntry>();
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const place = `${file}:${index + 1}`;
    const [, name = '', words = ''] = /^([A-Za-z0-9_-]{1,40}):\s+(\S.*)$/.exec(line.trimEnd()) ?? [];
    const [command, ...args] = words.split(/\s+/);
    if (name === '' || command === undefined) {
      return { kind: 'error', line: `${place}: must be NAME: COMMAND ARGUMENTS` };
    }
    if (entries.has(name))
      return { kind: 'error', line: `${place}: the name ${name} is used twice: choose another` };
    // The `node` that runs Sluice can run TypeScript.
    entries.set(name, { name, command: command === 'node' ? process.execPath : command, args });
  }
  if (entries.size > maxEntries)
    return { kind: 'error', line: `${file}: has more than ${maxEntries} processes` };
  return { kind: 'ok', entries: [...entries.values()] };
}
