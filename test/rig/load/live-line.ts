/** Once a second: on a terminal it overwrites one line, elsewhere it writes a new one. */
export class LiveLine {
  #shownAt = 0;

  readonly show = (text: string): void => {
    const now = performance.now();
    if (now - this.#shownAt < everyMs) return;
    this.#shownAt = now;
    process.stdout.write(process.stdout.isTTY ? `\r\u001b[K  ${text}` : `  ${text}\n`);
  };

  end(): void {
    if (process.stdout.isTTY && this.#shownAt > 0) process.stdout.write('\r\u001b[K');
  }
}

/** Under a second, so that each line of a caller that reports once a second is shown. */
const everyMs = 900;
