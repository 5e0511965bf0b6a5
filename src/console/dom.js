/**
 * Makes an element. Texts become text nodes, so nothing that an object says is read as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * @param {string} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @returns {SVGElement}
 */
export function svgElement(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * Makes a table, or a sentence in place of one without rows.
 *
 * @param {string} title
 * @param {readonly string[]} heads A head that ends with `#` is of numbers.
 * @param {readonly (readonly (Node | string)[])[]} rows
 * @param {string} empty
 */
export function table(title, heads, rows, empty) {
  const caption = element('h2', {}, title);
  if (rows.length === 0) return element('section', {}, caption, element('p', { class: 'empty' }, empty));
  const classOf = (/** @type {number} */ i) => ({ class: heads[i]?.endsWith('#') === true ? 'number' : '' });
  const head = heads.map((text, i) => element('th', { scope: 'col', ...classOf(i) }, text.replace('#', '')));
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      ...cells.map((cell, i) =>
        element('td', { ...classOf(i), 'data-head': (heads[i] ?? '').replace('#', '') }, cell),
      ),
    ),
  );
  return element(
    'section',
    {},
    caption,
    element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body)),
  );
}

/**
 * @param {string} object `Kind/namespace/name`.
 */
export function objectLink(object) {
  return element('a', { href: `#object/${encodeURIComponent(object)}` }, object.replace('//', '/'));
}
