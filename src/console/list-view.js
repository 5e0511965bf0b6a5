import { ask } from './ask.js';
import { element } from './dom.js';

/**
 * @typedef {object} Page
 * @property {readonly HTMLElement[]} rows
 * @property {Readonly<Record<string, string>>} [next] Query of what follows.
 */

/**
 * @typedef {object} ListOptions
 * @property {string} page
 * @property {string} label Of the search.
 * @property {string} box Option that narrows the list, and its query.
 * @property {string} boxLabel
 * @property {(answer: unknown) => Page} read
 * @property {string} empty
 * @property {boolean} isLive Read again every few seconds.
 */

const everyTicks = 2;

/** Shows one page of a list, with a search. */
export class ListView {
  root;
  #options;
  #search = element('input', { type: 'search', placeholder: 'search', spellcheck: 'false' });
  #box = element('input', { type: 'checkbox' });
  #rows = element('div', { class: 'rows' });
  #more = element('button', { type: 'button' }, 'Next page');
  #read = element('small', {});
  /** @type {Readonly<Record<string, string>>} */
  #from = {};
  /** @type {Readonly<Record<string, string>> | undefined} */
  #next;
  #ticks = 0;
  #asked = 0;
  #kind;

  /**
   * @param {ListOptions} options
   * @param {URLSearchParams} query
   */
  constructor(options, query) {
    this.#options = options;
    this.#kind = query.get('kind') ?? '';
    this.#search.value = query.get('text') ?? '';
    this.#search.setAttribute('aria-label', options.label);
    this.#box.checked = query.has(options.box);
    const again = element('button', { type: 'button' }, 'Read again');
    const label = element('label', {}, this.#box, ` ${options.boxLabel}`);
    this.root = element(
      'div',
      {},
      element('form', { class: 'search' }, this.#search, label, again, this.#read),
      this.#rows,
      this.#more,
    );
    this.root.addEventListener('submit', (event) => event.preventDefault());
    this.#search.addEventListener('input', () => this.#restart());
    this.#box.addEventListener('change', () => this.#restart());
    again.addEventListener('click', () => this.refresh());
    this.#more.addEventListener('click', () => {
      this.#from = this.#next ?? {};
      this.refresh();
    });
    this.refresh();
  }

  tick() {
    if (this.#options.isLive && ++this.#ticks % everyTicks === 0) this.refresh();
  }

  refresh() {
    void this.#ask();
  }

  #restart() {
    this.#from = {};
    this.refresh();
  }

  async #ask() {
    const asked = ++this.#asked;
    const { page, read, box, empty } = this.#options;
    const query = {
      text: this.#search.value.trim(),
      ...(this.#kind === '' ? {} : { kind: this.#kind }),
      ...(this.#box.checked ? { [box]: '' } : {}),
      ...this.#from,
    };
    try {
      const { rows, next } = read(await ask(page, query));
      // An answer that is overtaken is of another search.
      if (asked !== this.#asked) return;
      this.#next = next;
      this.#more.hidden = next === undefined;
      keepFocus(this.#rows, rows.length === 0 ? [element('p', { class: 'empty' }, empty)] : rows);
      const kind = this.#kind === '' ? '' : `${this.#kind} only, `;
      this.#read.textContent = `${kind}${rows.length} shown, read at ${new Date().toLocaleTimeString()}`;
    } catch (error) {
      if (asked === this.#asked)
        this.#read.textContent = `Not read: ${String(error)}. Read again when Sluice answers.`;
    }
  }
}

/**
 * Replaces rows; the one with the focus, and those that are open, stay so.
 *
 * @param {HTMLElement} parent
 * @param {readonly HTMLElement[]} rows
 */
function keepFocus(parent, rows) {
  const focused = document.activeElement?.closest('[data-row]')?.getAttribute('data-row');
  const open = new Set(
    [...parent.querySelectorAll('details[open]')].map((one) =>
      one.closest('[data-row]')?.getAttribute('data-row'),
    ),
  );
  parent.replaceChildren(...rows);
  for (const row of rows) {
    const name = row.getAttribute('data-row');
    const details = row.querySelector('details');
    if (details !== null && open.has(name)) details.open = true;
    if (name !== null && name === focused) row.querySelector(/** @type {'a'} */ ('a, summary'))?.focus();
  }
}
