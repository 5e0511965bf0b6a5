import type { ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { sendText } from '../http-server.ts';

export interface TicksPorts {
  readonly clock: Clock;
  /** Called once a second while a page is open. */
  readonly tick: () => Promise<unknown>;
  /** Called when the first page opens; the result is called when the last one has closed. */
  readonly onOpen: () => () => void;
}

/** Pages at once: each costs its bytes, and all of them one tick. */
const mostPages = 8;

const everyMs = 1000;

/**
 * Sends ticks to open pages as server-sent events, one a second. Nothing is collected without a page. A page that does not
 * read misses ticks, so what waits for it is bounded.
 */
export class Ticks {
  readonly #ports: TicksPorts;
  readonly #pages = new Set<ServerResponse>();
  #cancel = nothing;
  #onClose = nothing;
  #sent = 0;

  constructor(ports: TicksPorts) {
    this.#ports = ports;
  }

  /** Never rejects: the connection ends with the page. */
  async open(response: ServerResponse): Promise<void> {
    if (this.#pages.size >= mostPages)
      return sendText(response, 503, `${mostPages} consoles are open: close one of them\n`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 1000\n\n');
    this.#pages.add(response);
    response.once('close', () => this.#close(response));
    if (this.#pages.size > 1) return this.#send(response, await this.#event());
    this.#onClose = this.#ports.onOpen();
    return this.#tick();
  }

  async #tick(): Promise<void> {
    this.#cancel = this.#ports.clock.after(everyMs, () => this.#tick());
    const event = await this.#event();
    for (const page of this.#pages) this.#send(page, event);
  }

  async #event(): Promise<string> {
    return `id: ${++this.#sent}\ndata: ${JSON.stringify(await this.#ports.tick())}\n\n`;
  }

  #send(page: ServerResponse, event: string): void {
    if (this.#pages.has(page) && !page.writableNeedDrain) page.write(event);
  }

  #close(page: ServerResponse): void {
    this.#pages.delete(page);
    if (this.#pages.size > 0) return;
    this.#cancel();
    this.#onClose();
  }
}

function nothing(): void {}
