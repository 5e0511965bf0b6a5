import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { test } from 'vitest';
import { must } from '../../../src/lib/assert.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const found = [process.env['CHROMIUM'] ?? '', ...inPath()].find(isProgram);

export const browserTest = test.skipIf(found === undefined);
export const why = found === undefined ? ' (no Chromium: install one, or set CHROMIUM)' : '';

/** Starts a browser for which names that end with `.test` are this machine, and all others but its address are unknown. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: must(found, 'Chromium'),
    args: [
      '--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      // The tests run as root in containers, where its sandbox does not start. All pages are the rig's.
      '--no-sandbox',
    ],
  });
}

function inPath(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name)));
}

function isProgram(path: string): boolean {
  if (path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
