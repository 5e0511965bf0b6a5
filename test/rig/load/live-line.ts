/** Shows what goes on, once a second: on a terminal one line that is written over, elsewhere a new one each time. */
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

/** A little less than a second, so that what is told once a second is all shown. */
const everyMs = 900;
