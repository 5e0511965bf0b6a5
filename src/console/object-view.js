import { ask } from './ask.js';
import { element, table } from './dom.js';

/** @typedef {import('../run/console/shapes.ts').ObjectDetail} ObjectDetail */
/** @typedef {import('../run/console/shapes.ts').UnitDetail} UnitDetail */

const everyTicks = 2;

/** Shows an object beside what it comes to: conditions, units and decoded xDS. */
export class ObjectView {
  root = element('div', { class: 'object' }, element('p', { class: 'empty' }, 'Reading'));
  #object;
  #ticks = 0;
  #shown = '';

  /** @param {string} object `Kind/namespace/name`. */
  constructor(object) {
    this.#object = object;
    this.refresh();
  }

  tick() {
    if (++this.#ticks % everyTicks === 0) this.refresh();
  }

  refresh() {
    void this.#ask();
  }

  async #ask() {
    try {
      const answer = await ask('object', { name: this.#object });
      const text = JSON.stringify(answer);
      // Unchanged: what is unfolded stays so.
      if (text === this.#shown) return;
      this.#shown = text;
      const detail = /** @type {ObjectDetail | null} */ (answer);
      this.root.replaceChildren(...(detail === null ? [this.#absent()] : contentOf(detail)));
    } catch (error) {
      this.#shown = '';
      this.root.replaceChildren(element('p', { class: 'empty' }, `Not read: ${String(error)}`));
    }
  }

  #absent() {
    return element(
      'p',
      { class: 'empty' },
      `Sluice reports on no object ${this.#object}: it does not exist, or names no GatewayClass of this Sluice.`,
    );
  }
}

/** @param {ObjectDetail} detail */
function contentOf({ object, wrong, status, source, units, decoded, isCut }) {
  const conditions = conditionsOf(status, '');
  return [
    element('h2', {}, object),
    wrong.length === 0
      ? element('p', { class: 'good' }, 'In force as written.')
      : element('ul', { class: 'wrong' }, ...wrong.map((text) => element('li', {}, text))),
    table(
      'Conditions',
      ['Place', 'Type', 'Status', 'Reason', 'Message'],
      conditions.map(({ place, type, status: value, reason, message }) => [
        place,
        type,
        value,
        reason,
        message,
      ]),
      'It has none.',
    ),
    element(
      'div',
      { class: 'beside' },
      element(
        'section',
        {},
        element('h2', {}, 'Source'),
        source === undefined
          ? element(
              'p',
              { class: 'empty' },
              'The spec of this kind may have secrets, so it is not shown: kubectl get has it.',
            )
          : json(source),
      ),
      element(
        'section',
        {},
        element('h2', {}, 'xDS that proxies are sent'),
        ...(decoded.length === 0
          ? [
              element(
                'p',
                { class: 'empty' },
                'Nothing is made of this object alone: the conditions say why, or what else it shapes.',
              ),
            ]
          : decoded.map(({ gateway, type, name, content }, i) =>
              element(
                'details',
                i < 2 ? { open: '' } : {},
                element('summary', {}, `${type} ${name} `, element('small', {}, gateway)),
                json(content),
              ),
            )),
        ...(isCut ? [element('p', {}, 'There is more: sluice get has all of it.')] : []),
      ),
    ),
    element(
      'section',
      {},
      element('h2', {}, 'Units'),
      ...(units.length === 0 ? [element('p', { class: 'empty' }, 'None is in force.')] : units.map(unitOf)),
    ),
  ];
}

/** @param {UnitDetail} detail */
function unitOf({ unit, resources, fragments, refs }) {
  const about = `${resources} resources, ${fragments} fragments, refers to ${refs.length}`;
  const made = element(
    'details',
    { class: 'unit' },
    element('summary', {}, unit, ' ', element('small', {}, about)),
  );
  made.addEventListener('toggle', () => void unfold(made, refs), { once: true });
  return made;
}

/**
 * Adds the units that a unit refers to. They are asked for one by one, when a person unfolds it.
 *
 * @param {HTMLElement} parent
 * @param {readonly string[]} refs
 */
async function unfold(parent, refs) {
  for (const name of refs) {
    const unit = /** @type {UnitDetail | null} */ (await ask('unit', { name }));
    parent.append(unit === null ? element('p', {}, name) : unitOf(unit));
  }
  if (refs.length === 0) parent.append(element('p', { class: 'empty' }, 'It refers to no other unit.'));
}

/** @param {unknown} value */
function json(value) {
  return element('pre', { tabindex: '0' }, JSON.stringify(value, undefined, 2));
}

/**
 * Finds conditions in a status, with the place of each.
 *
 * @param {unknown} value
 * @param {string} place
 * @returns {{ place: string, type: string, status: string, reason: string, message: string }[]}
 */
function conditionsOf(value, place) {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => conditionsOf(item, `${place}[${nameIn(item) ?? i}]`));
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'conditions' && Array.isArray(inner)
      ? inner.map((condition) => ({ ...condition, place }))
      : conditionsOf(inner, place === '' ? name : `${place}.${name}`),
  );
}

/** @param {object} item Of a list of a status: a listener, or a parent. */
function nameIn(item) {
  if ('name' in item) return String(item.name);
  const ref = 'parentRef' in item ? item.parentRef : undefined;
  if (typeof ref !== 'object' || ref === null || !('name' in ref)) return undefined;
  return 'sectionName' in ref ? `${String(ref.name)}/${String(ref.sectionName)}` : String(ref.name);
}
