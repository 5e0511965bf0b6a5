import { appendFileSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { callsFile } from './calls.ts';
import { walks, type Step } from './walks.ts';

/**
 * Preloaded with `--import` in each thread: a breakpoint at every function of a numbered step of
 * `docs/architecture.md`. Its condition notes the call and is false, so nothing stops. Type stripping keeps lines.
 */
Object.assign(globalThis, {
  noteStep(step: string) {
    // All threads share this clock, and a line is written whole.
    appendFileSync(callsFile, `${process.hrtime.bigint()} ${step}\n`);
  },
});

const session = new Session();
session.connect();
session.post('Debugger.enable');
const steps = new Map(walks.flatMap((walk) => walk.steps).map((step) => [step.name, step]));
for (const step of steps.values()) {
  const condition = `globalThis.noteStep(${JSON.stringify(step.name)})`;
  session.post(
    'Debugger.setBreakpointByUrl',
    { url: step.file.href, lineNumber: lineOf(step), condition },
    (error) => {
      if (error !== null) throw new Error(`${step.name}: ${error.message}`);
    },
  );
}

/** From 0. */
function lineOf({ name, file, pattern }: Step): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const line = lines.findIndex((text) => pattern.test(text));
  if (line < 0) throw new Error(`${name} is not in ${fileURLToPath(file)}`);
  return line;
}
