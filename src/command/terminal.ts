/** Where a command writes for people; `out` is its result, `err` everything else. */
export interface Terminal {
  out(text: string): void;
  err(line: string): void;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (line) => void process.stderr.write(`${line}\n`),
};
