import { record } from '../kinds/identity.ts';
import type { Body } from './api-server.ts';
import { Fault } from './fault.ts';
import { ItemSplitter } from './split-items.ts';
import type { TurnBudget } from './turn-budget.ts';
import { parseJson } from './watch-event.ts';
import type { Heard } from './watchdog.ts';

/** One request for a part of the collection, and the reading of its answer under the watchdog. */
export type Receive = <T>(
  parameters: Readonly<Record<string, string | undefined>>,
  read: (body: Body, heard: Heard) => Promise<T>,
) => Promise<T>;

/** Objects of a page: the API server's memory for one answer against round trips. */
const pageLimit = 500;

/**
 * A collection read page by page, each item on its own.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export class PagedList {
  readonly #listKind: string;
  readonly #silentMs: number;
  readonly #turn: TurnBudget;
  /** The last list took longer than its pages are kept. */
  #inOnePage = false;

  /** `silentMs`: how long an answer may pause. */
  constructor(kind: string, silentMs: number, turn: TurnBudget) {
    this.#listKind = `${kind}List`;
    this.#silentMs = silentMs;
    this.#turn = turn;
  }

  /** Gives every object to `onObject`; resolves to the list's resourceVersion when it was complete, and else throws. */
  async read(receive: Receive, onObject: (object: unknown) => void): Promise<string> {
    let next: string | undefined;
    let version: unknown;
    do {
      const limit = this.#inOnePage ? undefined : String(pageLimit);
      const metadata = await this.#page(receive, { limit, continue: next }, onObject);
      version = metadata['resourceVersion'];
      const more = metadata['continue'];
      next = typeof more === 'string' && more !== '' ? more : undefined;
    } while (next !== undefined);
    if (typeof version !== 'string' || version === '')
      throw new Fault('garbled', 'a list of the API server has no resourceVersion');
    this.#inOnePage = false;
    return version;
  }

  async #page(
    receive: Receive,
    parameters: { readonly limit: string | undefined; readonly continue: string | undefined },
    onObject: (object: unknown) => void,
  ): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await receive(parameters, (body, heard) => this.#items(body, heard, onObject));
    } catch (error) {
      const isExpired = error instanceof Fault && error.reason === 'gone';
      this.#inOnePage ||= isExpired && parameters.continue !== undefined;
      throw error;
    }
  }

  /** Returns the list's metadata. What is no whole list of the kind must not be believed to be empty. */
  async #items(
    body: Body,
    heard: Heard,
    onObject: (object: unknown) => void,
  ): Promise<Readonly<Record<string, unknown>>> {
    const items = new ItemSplitter();
    for await (const chunk of body) {
      heard(this.#silentMs);
      for (const item of items.push(chunk)) {
        onObject(parseJson(item));
        if (this.#turn.spent) await this.#turn.nextTurn();
      }
    }
    const text = items.end();
    if (text === undefined) throw new Fault('garbled', 'a list of the API server was cut off');
    const frame = record(parseJson(text));
    const metadata = record(frame?.['metadata']);
    if (metadata === undefined || frame?.['kind'] !== this.#listKind || frame['items'] === undefined)
      throw new Fault('garbled', `the answer of the API server is no ${this.#listKind}`);
    return metadata;
  }
}
