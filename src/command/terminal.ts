/** Output for people: `out` for the result of a command, `err` for everything else. */
export interface Terminal {
  out(text: string): void;
  err(line: string): void;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (line) => void process.stderr.write(`${line}\n`),
};
