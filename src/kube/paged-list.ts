import { record } from '../kinds/identity.ts';
import type { Body } from './api-server.ts';
import { Fault } from './fault.ts';
import { ItemSplitter } from './split-items.ts';
import type { TurnBudget } from './turn-budget.ts';
import { parseJson } from './watch-event.ts';
import type { Extend } from './watchdog.ts';

export type Receive = <T>(
  parameters: Readonly<Record<string, string | undefined>>,
  read: (body: Body, extend: Extend) => Promise<T>,
) => Promise<T>;

const pageLimit = 500;

/**
 * Reads a collection in pages:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export class PagedList {
  readonly #listKind: string;
  readonly #silentMs: number;
  readonly #turn: TurnBudget;
  /** Set when the last list took longer than the API server keeps its pages. */
  #inOnePage = false;

  constructor(kind: string, silentMs: number, turn: TurnBudget) {
    this.#listKind = `${kind}List`;
    this.#silentMs = silentMs;
    this.#turn = turn;
  }

  /** Gives every object to `onObject`; resolves to the list's resourceVersion. Throws when the list is not complete. */
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
      return await receive(parameters, (body, extend) => this.#items(body, extend, onObject));
    } catch (error) {
      const isExpired = error instanceof Fault && error.reason === 'gone';
      this.#inOnePage ||= isExpired && parameters.continue !== undefined;
      throw error;
    }
  }

  /** Returns the list's metadata. Another answer than a whole list of the kind must not pass for an empty list. */
  async #items(
    body: Body,
    extend: Extend,
    onObject: (object: unknown) => void,
  ): Promise<Readonly<Record<string, unknown>>> {
    const items = new ItemSplitter();
    for await (const chunk of body) {
      extend(this.#silentMs);
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
