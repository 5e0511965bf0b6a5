import { History } from './history.js';
import { fetchedView, objectsView, proxiesView } from './lists.js';
import { ObjectView } from './object-view.js';
import { PipelineView } from './pipeline.js';
import { Stream } from './stream.js';

/**
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {() => void} tick Called each second.
 * @property {() => void} [refresh]
 */

const history = new History();

/** @type {Readonly<Record<string, (query: URLSearchParams, rest: string) => View>>} */
const views = {
  pipeline: () => new PipelineView(history),
  proxies: proxiesView,
  objects: objectsView,
  object: (_query, rest) => new ObjectView(decodeURIComponent(rest)),
  fetched: fetchedView,
};

const place = /** @type {HTMLElement} */ (document.querySelector('#view'));

/** @type {View} */
let view = show();

function show() {
  const [path = '', query = ''] = location.hash.slice(1).split('?');
  const [name = '', rest = ''] = path.split('/');
  const make = Object.hasOwn(views, name) ? views[name] : undefined;
  const made = make?.(new URLSearchParams(query), rest) ?? new PipelineView(history);
  place.replaceChildren(made.root);
  const current = make === undefined ? 'pipeline' : name === 'object' ? 'objects' : name;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === `#${current}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  return made;
}

addEventListener('hashchange', () => {
  view = show();
  place.focus();
});

const stream = new Stream((tick) => {
  history.add(tick);
  view.tick();
});
stream.open();

/** @type {Readonly<Record<string, () => void>>} */
const keys = {
  1: () => (location.hash = 'pipeline'),
  2: () => (location.hash = 'proxies'),
  3: () => (location.hash = 'objects'),
  4: () => (location.hash = 'fetched'),
  '/': () => place.querySelector('input')?.focus(),
  r: () => view.refresh?.(),
  j: () => move(1),
  k: () => move(-1),
};

addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement && event.target.type === 'search';
  if (event.key === 'Escape') {
    if (isTyping) place.focus();
    else if (location.hash.startsWith('#object/')) location.hash = 'objects';
    return;
  }
  const act = keys[event.key];
  if (act === undefined || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});

/**
 * Moves the focus by rows.
 *
 * @param {number} by
 */
function move(by) {
  const stops = [
    ...place.querySelectorAll(/** @type {'a'} */ ('[data-row] a, [data-row] summary, td a, summary')),
  ];
  const at = stops.findIndex((stop) => stop === document.activeElement);
  stops[Math.max(0, Math.min(stops.length - 1, at + by))]?.focus();
}
