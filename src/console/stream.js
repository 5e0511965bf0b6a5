/** @typedef {import('../run/console/shapes.ts').Tick} Tick */

/** Time without a tick from which the page says so. */
const lateMs = 3000;

const retryMs = 3000;

/** Reads ticks, and shows whether they come. */
export class Stream {
  #onTick;
  #state = /** @type {HTMLElement} */ (document.querySelector('#state'));
  #notice = /** @type {HTMLElement} */ (document.querySelector('#notice'));
  #lastAt = 0;

  /** @param {(tick: Tick) => void} onTick */
  constructor(onTick) {
    this.#onTick = onTick;
    setInterval(() => this.#watch(), 1000);
  }

  open() {
    const source = new EventSource('/debug/console/ticks');
    source.addEventListener('message', ({ data }) => this.#received(/** @type {Tick} */ (JSON.parse(data))));
    source.addEventListener('error', () => {
      this.#late();
      // The browser tries again by itself, unless Sluice has answered that there is no stream.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.open(), retryMs);
    });
  }

  /** @param {Tick} tick */
  #received(tick) {
    this.#lastAt = Date.now();
    document.body.classList.remove('late');
    this.#notice.hidden = tick.notReady === undefined;
    this.#notice.textContent =
      tick.notReady === undefined ? '' : `Not ready: ${tick.notReady}. Proxies get no config before it is.`;
    this.#state.textContent = 'live';
    this.#onTick(tick);
  }

  #watch() {
    if (Date.now() - this.#lastAt > lateMs) this.#late();
  }

  #late() {
    const seconds = Math.round((Date.now() - this.#lastAt) / 1000);
    document.body.classList.add('late');
    this.#state.textContent = this.#lastAt === 0 ? 'no connection' : `no news for ${seconds} s`;
    this.#notice.hidden = false;
    this.#notice.textContent =
      'Sluice does not answer. It has ended, or kubectl port-forward has: start that again, and this page goes on by itself. Eight pages can be open at once.';
  }
}
